//! The map as JSON for the script: short lists of numbers, since a large schema has tens of thousands of columns.

use super::model::{Map, MapTable};
use super::place::{FOOT, HEAD, LINE, Placed, WIDTH, place};
use crate::html::HtmlError;
use crate::html::words::Text;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// With more tables than this the map begins with what drifted and its neighbours.
const MANY: usize = 60;

#[derive(Serialize)]
struct Data {
    width: f32,
    head: f32,
    line: f32,
    schemas: Vec<String>,
    types: Vec<String>,
    tables: Vec<TableData>,
    /// From, to, state, whether it is a parent.
    edges: Vec<(usize, usize, u8, u8)>,
    /// All tables, and what drifted with its neighbours.
    all: Vec<Region>,
    near: Vec<Region>,
    begin_near: bool,
}

#[derive(Serialize)]
struct TableData {
    /// Its schema's place in the list.
    s: usize,
    /// Its name without the schema.
    n: String,
    /// As findings call it.
    q: String,
    /// Its state.
    t: u8,
    /// Height.
    h: f32,
    /// Findings.
    f: usize,
    /// Name, place of the type, flags: 1 primary key, 2 foreign key, 4 NOT NULL, 8 shown, and the state from 16 on.
    c: Vec<(String, usize, u8)>,
}

/// A schema with its boxes; the script puts schemas beside one another, and can fold them.
#[derive(Serialize)]
struct Region {
    s: usize,
    w: i32,
    h: i32,
    /// Table, x, y.
    b: Vec<(usize, i32, i32)>,
    /// Clusters: x, y, width, height, the table that most refer to if any do, how many tables.
    a: Vec<(i32, i32, i32, i32, Option<usize>, usize)>,
}

/// The data of the map, fit to stand inside a script element.
pub(in crate::html) fn json(map: &Map) -> Result<String, HtmlError> {
    let heights: Vec<f32> = map.tables.iter().map(height).collect();
    let mut schemas: Vec<&str> = map.tables.iter().map(|table| table.name.schema.as_str()).collect();
    schemas.dedup();
    let places: HashMap<&str, usize> = schemas.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let schema = |table: &MapTable| places.get(table.name.schema.as_str()).copied().unwrap_or_default();
    let mut types = Types::default();
    let tables: Vec<TableData> = map
        .tables
        .iter()
        .zip(&heights)
        .map(|(table, height)| TableData {
            s: schema(table),
            n: Text::new(table.name.name.as_str()).to_string(),
            q: Text::new(&table.name.to_string()).to_string(),
            t: table.state.number(),
            h: *height,
            f: table.findings,
            c: columns(table, &mut types),
        })
        .collect();
    let near = map.near_drift();
    let is_near = |at: &usize| near.get(*at).copied().unwrap_or_default();
    let all: Vec<usize> = (0..map.tables.len()).collect();
    let some: Vec<usize> = all.iter().copied().filter(is_near).collect();
    let regions = |tables: &[usize]| regions(map, tables, &heights, &schema);
    let data = Data {
        width: WIDTH,
        head: HEAD,
        line: LINE,
        schemas: schemas.iter().map(|name| Text::new(name).to_string()).collect(),
        types: types.names,
        tables,
        edges: map
            .edges
            .iter()
            .map(|edge| (edge.from, edge.to, edge.state.number(), u8::from(edge.parent)))
            .collect(),
        all: regions(&all),
        near: regions(&some),
        begin_near: map.tables.len() > MANY && !some.is_empty(),
    };
    // No text can end the element, or begin a comment in it.
    Ok(serde_json::to_string(&data)?.replace('<', "\\u003c"))
}

/// Type names by their places.
#[derive(Default)]
struct Types {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl Types {
    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        self.names.push(Text::new(name).to_string());
        self.places.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }
}

fn columns(table: &MapTable, types: &mut Types) -> Vec<(String, usize, u8)> {
    let columns = table.columns.iter();
    columns
        .map(|column| {
            let flags = u8::from(column.primary)
                | u8::from(column.foreign) << 1
                | u8::from(column.not_null) << 2
                | u8::from(column.shown) << 3
                | column.state.number() << 4;
            (Text::new(&column.name).to_string(), types.place(&column.data_type), flags)
        })
        .collect()
}

/// The head, a line for each column that is shown, and one that counts the others.
fn height(table: &MapTable) -> f32 {
    let shown = table.columns.iter().filter(|column| column.shown).count();
    let lines = shown + usize::from(shown < table.columns.len());
    if lines == 0 { HEAD } else { HEAD + lines as f32 * LINE + FOOT }
}

fn regions(map: &Map, tables: &[usize], heights: &[f32], schema: &dyn Fn(&MapTable) -> usize) -> Vec<Region> {
    let edges: Vec<(usize, usize)> = map.edges.iter().map(|edge| (edge.from, edge.to)).collect();
    let mut by_schema: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in tables {
        if let Some(table) = map.tables.get(*at) {
            by_schema.entry(schema(table)).or_default().push(*at);
        }
    }
    by_schema.into_iter().map(|(at, tables)| region(at, place(&tables, heights, &edges))).collect()
}

fn region(schema: usize, placed: Placed) -> Region {
    // A tenth of a pixel more or less is nobody's concern, and whole numbers are shorter.
    let whole = |value: f32| value.round() as i32;
    let mut boxes: Vec<(usize, i32, i32)> =
        placed.places.into_iter().map(|(at, (x, y))| (at, whole(x), whole(y))).collect();
    boxes.sort_unstable();
    let areas = placed.areas.iter();
    Region {
        s: schema,
        w: whole(placed.size.width),
        h: whole(placed.size.height),
        b: boxes,
        a: areas
            .map(|area| {
                (
                    whole(area.x),
                    whole(area.y),
                    whole(area.size.width),
                    whole(area.size.height),
                    area.heart,
                    area.tables,
                )
            })
            .collect(),
    }
}
