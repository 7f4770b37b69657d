//! Geometric types (`geo_ops.c`; manual, 8.8).

use super::number::float8;

/// The canonical form of a point, box, line segment, path, polygon or circle; a line by its equation.
pub(super) fn read(key: &str, text: &str) -> Option<String> {
    let mut reader = Reader { rest: text };
    reader.blanks();
    let form = match key {
        "point" => print(&[reader.pair()?]),
        "lseg" => print(&reader.points(2, true)?.0),
        "box" => box_of(&reader.points(2, false)?.0)?,
        "polygon" => {
            // `( … )` around all of them is for the looks.
            let count = count_points(text)?;
            print(&reader.points(count, false)?.0)
        }
        "path" => {
            let count = count_points(text)?;
            let (points, open) = reader.points(count, true)?;
            format!("{}{}", if open { "open " } else { "closed " }, print(&points))
        }
        "circle" => reader.circle()?,
        "line" => reader.line()?,
        _ => return None,
    };
    reader.rest.is_empty().then_some(form)
}

type Point = (String, String);

fn print(points: &[Point]) -> String {
    points.iter().map(|(x, y)| format!("({x},{y})")).collect()
}

/// `box_in`: the upper right corner, then the lower left.
fn box_of(corners: &[Point]) -> Option<String> {
    let [(x1, y1), (x2, y2)] = corners else { return None };
    let order = |a: &String, b: &String| -> Option<(String, String)> {
        let (first, second): (f64, f64) = (a.parse().ok()?, b.parse().ok()?);
        // NaN is no place, and the order of infinities is theirs.
        (!first.is_nan() && !second.is_nan())
            .then(|| if first > second { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) })
    };
    let ((right, left), (upper, lower)) = (order(x1, x2)?, order(y1, y2)?);
    Some(print(&[(right, upper), (left, lower)]))
}

/// `pair_count`: half of the numbers that commas keep apart.
fn count_points(text: &str) -> Option<usize> {
    let commas = text.matches(',').count();
    (commas % 2 == 1).then_some(commas.div_ceil(2))
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
    }

    fn take(&mut self, letter: char) -> bool {
        match self.rest.strip_prefix(letter) {
            Some(rest) => {
                self.rest = rest;
                self.blanks();
                true
            }
            None => false,
        }
    }

    fn number(&mut self) -> Option<String> {
        let end = self.rest.find([',', '(', ')', '[', ']', '<', '>', '{', '}']).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        float8(number)
    }

    /// `pair_decode`
    fn pair(&mut self) -> Option<Point> {
        let delimited = self.take('(');
        let x = self.number()?;
        if !self.take(',') {
            return None;
        }
        let y = self.number()?;
        if delimited && !self.take(')') {
            return None;
        }
        Some((x, y))
    }

    /// `path_decode`: so many points, and whether square brackets say that the path is open.
    fn points(&mut self, count: usize, may_be_open: bool) -> Option<(Vec<Point>, bool)> {
        let open = self.rest.starts_with('[');
        let mut depth = 0;
        if open {
            if !may_be_open {
                return None;
            }
            self.take('[');
            depth = 1;
        } else if let Some(inner) = self.rest.strip_prefix('(') {
            let inner = inner.trim_start_matches(|c: char| c.is_ascii_whitespace());
            // Another one inside, or no other at all.
            if inner.starts_with('(') || !inner.contains('(') {
                self.rest = inner;
                depth = 1;
            }
        }
        let mut points = Vec::with_capacity(count.min(1_000));
        for index in 0..count {
            if index > 0 && !self.take(',') {
                return None;
            }
            points.push(self.pair()?);
        }
        if depth == 1 && !self.take(if open { ']' } else { ')' }) {
            return None;
        }
        Some((points, open))
    }

    /// `circle_in`: `<(x,y),r>`, `((x,y),r)`, `(x,y),r` and `x,y,r`.
    fn circle(&mut self) -> Option<String> {
        let angle = self.take('<');
        let inner = self.rest.strip_prefix('(').map(str::trim_start);
        let round = !angle && inner.is_some_and(|inner| inner.starts_with('('));
        if round {
            self.take('(');
        }
        let (x, y) = self.pair()?;
        if !self.take(',') {
            return None;
        }
        let radius = self.number()?;
        if (angle && !self.take('>')) || (round && !self.take(')')) || radius.starts_with('-') {
            return None;
        }
        Some(format!("<({x},{y}),{radius}>"))
    }

    /// `{A,B,C}`; a line through two points is computed by the server.
    fn line(&mut self) -> Option<String> {
        let mut numbers = Vec::new();
        if !self.take('{') {
            return None;
        }
        for last in [false, false, true] {
            numbers.push(self.number()?);
            if !self.take(if last { '}' } else { ',' }) {
                return None;
            }
        }
        Some(format!("{{{}}}", numbers.join(",")))
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn points_and_what_is_made_of_them() {
        assert_eq!(read("point", "1,2"), read("point", " ( 1.0 , 2e0 ) "));
        assert_eq!(read("box", "((0,0),(1,1))"), read("box", "(1,1),(0,0)"));
        assert_eq!(read("box", "0,1,1,0"), read("box", "(1,1),(0,0)"));
        assert_eq!(read("lseg", "[(1,2),(3,4)]"), read("lseg", "1,2,3,4"));
        assert_ne!(read("lseg", "[(1,2),(3,4)]"), read("lseg", "[(3,4),(1,2)]"));
        assert_eq!(read("circle", "<(1,2),3>"), read("circle", "1,2,3"));
        assert_eq!(read("circle", "((1,2),3)"), read("circle", "(1,2),3"));
        assert_eq!(read("polygon", "((1,2),(3,4),(5,6))"), read("polygon", "1,2,3,4,5,6"));
        assert_ne!(read("path", "((1,2),(3,4))"), read("path", "[(1,2),(3,4)]"));
        assert_eq!(read("path", "(1,2),(3,4)"), read("path", "((1,2),(3,4))"));
        assert_eq!(read("line", "{1,2,3}"), read("line", "{ 1.0, 2, 3 }"));
        for (key, broken) in [
            ("point", "1"),
            ("point", "(1,2"),
            ("point", "(1,2)x"),
            ("box", "[(1,2),(3,4)]"),
            ("circle", "<(1,2),-3>"),
            ("polygon", "1,2,3"),
            ("line", "[(1,2),(3,4)]"),
        ] {
            assert_eq!(read(key, broken), None, "{key} {broken}");
        }
    }
}
