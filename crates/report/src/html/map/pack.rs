//! Puts rectangles beside and below one another without gaps that matter: a skyline.

/// A rectangle to be put somewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Size {
    pub width: f32,
    pub height: f32,
}

/// A stretch of the skyline.
struct Segment {
    x: f32,
    width: f32,
    y: f32,
}

/// How wide the whole may become for its height, in turn: the shape that fills a screen best is not known before.
const SHAPES: [f32; 5] = [1.2, 1.6, 2.1, 2.7, 3.4];
/// Width to height of what the map is looked at in.
const SCREEN: f32 = 2.1;

/// Where each rectangle goes, in order, each as high up as it fits; and how large the whole is. Of several shapes, the one that is shown
/// largest on a screen.
pub(super) fn pack(sizes: &[Size], gap: f32) -> (Vec<(f32, f32)>, Size) {
    let needs = |whole: &Size| (whole.width / SCREEN).max(whole.height);
    let tried = SHAPES.iter().map(|shape| within(sizes, gap, *shape));
    let best = tried.min_by(|(_, a), (_, b)| needs(a).total_cmp(&needs(b)));
    best.unwrap_or_else(|| within(sizes, gap, SCREEN))
}

fn within(sizes: &[Size], gap: f32, shape: f32) -> (Vec<(f32, f32)>, Size) {
    let area: f32 = sizes.iter().map(|size| (size.width + gap) * (size.height + gap)).sum();
    let widest = sizes.iter().map(|size| size.width + gap).fold(0.0, f32::max);
    let limit = (area * shape).sqrt().max(widest);
    let mut skyline = vec![Segment { x: 0.0, width: limit, y: 0.0 }];
    let mut whole = Size { width: 0.0, height: 0.0 };
    let mut places = Vec::with_capacity(sizes.len());
    for size in sizes {
        let (width, height) = (size.width + gap, size.height + gap);
        let (x, y) = best(&skyline, width, limit);
        raise(&mut skyline, x, width, y + height);
        places.push((x, y));
        whole.width = whole.width.max(x + size.width);
        whole.height = whole.height.max(y + size.height);
    }
    (places, whole)
}

/// The highest place that is wide enough, the left one of several.
fn best(skyline: &[Segment], width: f32, limit: f32) -> (f32, f32) {
    let mut best: Option<(f32, f32)> = None;
    for (at, first) in skyline.iter().enumerate() {
        if first.x + width > limit + 0.5 {
            break;
        }
        let mut y = 0.0_f32;
        for segment in skyline.iter().skip(at).take_while(|segment| segment.x < first.x + width - 0.5) {
            y = y.max(segment.y);
        }
        if best.is_none_or(|(_, best)| y < best - 0.5) {
            best = Some((first.x, y));
        }
    }
    best.unwrap_or_else(|| (0.0, skyline.iter().map(|segment| segment.y).fold(0.0, f32::max)))
}

/// The skyline with `width` from `x` on at `y`.
fn raise(skyline: &mut Vec<Segment>, x: f32, width: f32, y: f32) {
    let end = x + width;
    let mut out: Vec<Segment> = Vec::with_capacity(skyline.len() + 2);
    let mut put = false;
    for segment in skyline.drain(..) {
        let segment_end = segment.x + segment.width;
        if segment.x < x {
            out.push(Segment { width: segment_end.min(x) - segment.x, ..segment });
        }
        if !put && segment_end > x {
            out.push(Segment { x, width, y });
            put = true;
        }
        if segment_end > end {
            let from = segment.x.max(end);
            out.push(Segment { x: from, width: segment_end - from, y: segment.y });
        }
    }
    out.retain(|segment| segment.width > 0.01);
    *skyline = out;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_overlaps() {
        let sizes: Vec<Size> = (0..300)
            .map(|i| Size { width: 40.0 + (i * 37 % 90) as f32, height: 20.0 + (i * 53 % 140) as f32 })
            .collect();
        let (places, whole) = pack(&sizes, 10.0);
        for (i, (a, at)) in sizes.iter().zip(&places).enumerate() {
            assert!(at.0 >= 0.0 && at.0 + a.width <= whole.width && at.1 + a.height <= whole.height);
            for (b, bt) in sizes.iter().zip(&places).skip(i + 1) {
                let apart = at.0 + a.width <= bt.0
                    || bt.0 + b.width <= at.0
                    || at.1 + a.height <= bt.1
                    || bt.1 + b.height <= at.1;
                assert!(apart, "{at:?} {a:?} and {bt:?} {b:?}");
            }
        }
        let filled: f32 = sizes.iter().map(|s| s.width * s.height).sum();
        assert!(filled / (whole.width * whole.height) > 0.5, "{filled} of {whole:?}");
    }
}
