//! Whether minimal filtering pays, and by which tiles.

use crate::conv::arguments::Arguments;

/// Costs in multiply-accumulates of the direct way, fitted to measurements; see docs/decisions/0013.
const TRANSFORMED: f64 = 12.0;
const WEIGHT_READ: f64 = 10.0;
const WEIGHT_TRANSFORMED: f64 = 30.0;

/// Bytes that the transformed weights of one layer may take: more speed is not worth more memory.
const MOST_BYTES: f64 = 20e6;

/// Extent of the quickest tiles, 2 or 4, for a convolution whose results have these extents; None where it goes
/// another way. 3 taps along the width, 3 or 1 along the height, stride 1, one group, and channels by fours can go by
/// minimal filtering. Where transformed weights are not kept from call to call, as in training, 4 x 4 is left out: it
/// does not round well enough for gradients.
pub fn tile(a: &Arguments, extents: [usize; 3]) -> Option<usize> {
    let [depth, height, width] = a.taps;
    let is_flat = depth == 1 && a.input[0] == 1 && a.output[0] == 1 && a.pad[0] == 0;
    let fits = a.groups == 1
        && is_flat
        && width == 3
        && (height == 3 || height == 1)
        && a.stride == [1; 3]
        && a.dilation == [1; 3]
        && a.inputs % 4 == 0
        && a.outputs % 4 == 0;
    if !fits {
        return None;
    }
    let (batch, inputs, outputs) = (a.batch as f64, a.inputs as f64, a.outputs as f64);
    let pairs = inputs * outputs;
    let [_, rows, columns] = extents;
    let pixels = batch * rows as f64 * columns as f64;
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
        let tiles = batch * down as f64 * columns.div_ceil(tile) as f64;
        let transforms = tiles * (inputs + outputs) * TRANSFORMED;
        let cost = planes * (pairs * (tiles + per_weight) + transforms);
        if cost < least && planes * pairs * 4.0 <= MOST_BYTES {
            best = Some(tile);
            least = cost;
        }
    }
    best
}
