//! Elements picked, added up, or put by positions along one axis.

use crate::control::call::AXES;
use crate::control::interface::shared;

shared! {
    "gather":
    /// `extents` are those of the index; `strides` those of the indexed tensor, in elements. Everything
    /// is stored in logical order.
    pub struct Arguments {
        /// The elements that are picked from, or those that are added or put.
        source: *const u8,
        index: *const i32,
        out: *mut u8,
        bytes: usize,
        /// Whether elements of 4 bytes are integers.
        integer: u32,
        axes: usize,
        axis: usize,
        /// Positions that there are on the axis.
        limit: usize,
        extents: [usize; AXES],
        strides: [usize; AXES],
    }
}

/// Calls `visit(i, place)` for every element i of the index and the place that it names. Returns 0,
/// or one more than the first i whose position does not exist, where it stops.
unsafe fn for_each(g: &Arguments, mut visit: impl FnMut(usize, usize)) -> usize {
    let count: usize = g.extents[..g.axes].iter().product();
    let mut position = [0usize; AXES];
    let mut base = 0;
    for i in 0..count {
        let named = *g.index.add(i);
        if named < 0 || named as usize >= g.limit {
            return i + 1;
        }
        visit(i, base + named as usize * g.strides[g.axis]);
        for axis in (0..g.axes).rev() {
            let step = if axis == g.axis { 0 } else { g.strides[axis] };
            position[axis] += 1;
            base += step;
            if position[axis] < g.extents[axis] {
                break;
            }
            position[axis] = 0;
            base -= step * g.extents[axis];
        }
    }
    0
}

pub unsafe fn gather(g: &Arguments) -> usize {
    if g.bytes == 4 {
        let (source, out) = (g.source as *const u32, g.out as *mut u32);
        for_each(g, |i, place| out.add(i).write(*source.add(place)))
    } else {
        for_each(g, |i, place| g.out.add(i).write(*g.source.add(place)))
    }
}

/// Writes over an output that the host has filled; in order, on one thread.
pub unsafe fn scatter(g: &Arguments) -> usize {
    if g.bytes == 4 {
        let (source, out) = (g.source as *const u32, g.out as *mut u32);
        for_each(g, |i, place| out.add(place).write(*source.add(i)))
    } else {
        for_each(g, |i, place| g.out.add(place).write(*g.source.add(i)))
    }
}

/// Adds to an output that the host has filled with zeros; in order, on one thread.
pub unsafe fn scatter_add(g: &Arguments) -> usize {
    if g.bytes == 1 {
        for_each(g, |i, place| {
            let to = g.out.add(place);
            to.write((*to).wrapping_add(*g.source.add(i)));
        })
    } else if g.integer != 0 {
        let (source, out) = (g.source as *const i32, g.out as *mut i32);
        for_each(g, |i, place| {
            let to = out.add(place);
            to.write((*to).wrapping_add(*source.add(i)));
        })
    } else {
        let (source, out) = (g.source as *const f32, g.out as *mut f32);
        for_each(g, |i, place| *out.add(place) += *source.add(i))
    }
}
