//! Convolutions that are products of matrices: kernels of one tap that step by one, without padding, in
//! one group. Channels-last pixels are then the rows of a matrix, and the weight is one as it stands.

use crate::conv::arguments::Arguments;
use crate::conv::axis::Axis;
use crate::product::arguments::Arguments as Product;
use crate::product::epilogue::Epilogue;

/// Whether the convolution is one product.
pub fn is_product(a: &Arguments) -> bool {
    a.groups == 1 && a.forward_axes().iter().all(Axis::is_identity)
}

/// A product of matrices at these addresses, of these sizes m, n and k, transposed or not.
fn product(
    (a, transpose_a): (*const f32, bool),
    (b, transpose_b): (*const f32, bool),
    bias: *const f32,
    out: *mut f32,
    [m, n, k]: [usize; 3],
) -> Product {
    Product {
        a,
        b,
        bias,
        out,
        m,
        n,
        k,
        transpose_a: transpose_a as u32,
        transpose_b: transpose_b as u32,
        batch: 1,
        offsets: [0, 0].as_ptr(),
        epilogue: Epilogue::NOTHING,
    }
}

fn pixels(a: &Arguments) -> usize {
    a.batch * a.input.iter().product::<usize>()
}

/// y [pixels, outputs] = x [pixels, inputs] by the weight [outputs, inputs], transposed.
pub fn forward(a: &Arguments) -> Product {
    let sizes = [pixels(a), a.outputs, a.inputs];
    product((a.source, false), (a.weight, true), a.bias, a.out, sizes)
}

/// dx [pixels, inputs] = dy [pixels, outputs] by the weight [outputs, inputs].
pub fn input_gradient(a: &Arguments) -> Product {
    let sizes = [pixels(a), a.inputs, a.outputs];
    product((a.source, false), (a.weight, false), core::ptr::null(), a.out, sizes)
}

/// dw [outputs, inputs] = dy [pixels, outputs], transposed, by x [pixels, inputs].
pub fn weight_gradient(a: &Arguments) -> Product {
    let sizes = [a.outputs, a.inputs, pixels(a)];
    product((a.weight, true), (a.source, false), core::ptr::null(), a.out, sizes)
}
