//! Whether minimal filtering pays, and by which tiles.

use crate::conv::arguments::Arguments;
use crate::winograd::problem::MOST_DEPTH_TAPS;

/// Costs in multiply-accumulates of the direct way, fitted to measurements; see docs/decisions/0013.
const TRANSFORMED: f64 = 12.0;
const WEIGHT_READ: f64 = 10.0;
const WEIGHT_TRANSFORMED: f64 = 30.0;

/// Bytes that the transformed weights of one layer may take for each tap along the depth: more speed is not worth more
/// memory.
const MOST_BYTES: f64 = 20e6;

/// Extent of the quickest tiles, 2 or 4, for a convolution whose results have these extents; None where it goes
/// another way. 3 taps along the width, 3 or 1 along the height, few along the depth, stride 1, one group, and channels by
/// fours can go by minimal filtering. Where transformed weights are not kept from call to call, as in training, 4 x 4 is left out: it
/// does not round well enough for gradients.
pub fn tile(a: &Arguments, extents: [usize; 3]) -> Option<usize> {
    let [depth, height, width] = a.taps;
    let is_flat = depth == 1 && a.pad[0] == 0;
    let is_deep = (2..=MOST_DEPTH_TAPS).contains(&depth) && height == 3;
    let fits = a.groups == 1
        && (is_flat || is_deep)
        && width == 3
        && (height == 3 || height == 1)
        && a.stride == [1; 3]
        && a.dilation == [1; 3]
        && a.inputs % 4 == 0
        && a.outputs % 4 == 0;
    if !fits {
        return None;
    }
    let (inputs, outputs) = (a.inputs as f64, a.outputs as f64);
    let pairs = depth as f64 * inputs * outputs;
    let [slices, rows, columns] = extents;
    let slices = a.batch as f64 * slices as f64;
    let pixels = slices * rows as f64 * columns as f64;
    let mut best = None;
    let mut least = (height * width) as f64 * pairs * (pixels + WEIGHT_READ);
    let per_weight = if a.keeps_weights() { WEIGHT_READ } else { WEIGHT_TRANSFORMED };
    for tile in [2, 4] {
        if tile == 4 && height == 3 && !a.keeps_weights() {
            continue;
        }
        let (planes, down) = if height == 3 {
            ((tile + 2) * (tile + 2), rows.div_ceil(tile))
        } else {
            (tile + 2, rows)
        };
        let planes = planes as f64;
        let tiles = slices * down as f64 * columns.div_ceil(tile) as f64;
        let transforms = tiles * (inputs + outputs) * TRANSFORMED;
        let cost = planes * (pairs * (tiles + per_weight) + transforms);
        if cost < least && planes * inputs * outputs * 4.0 <= MOST_BYTES {
            best = Some(tile);
            least = cost;
        }
    }
    best
}
