/** The rows that `interpret_rows` computes, in the order of its numbers: that of the lists in `native/kernels/pointwise`. */
export const interpretedRows: readonly string[] = (
  'relu reluGrad sigmoid sigmoidGrad tanh tanhGrad hardtanh hardtanhGrad leakyRelu leakyReluGrad elu ' +
  'eluGrad gelu geluGrad geluTanh geluTanhGrad silu siluGrad mish mishGrad hardswish hardswishGrad ' +
  'hardsigmoid hardsigmoidGrad softplus softplusGrad prelu preluGrad preluSlopeGrad add sub mul div pow ' +
  'maximum minimum maximumGrad remainder addScalar mulScalar powScalar neg abs square reciprocal exp ' +
  'expm1 log log1p sqrt rsqrt sin cos erf sign floor ceil round clamp clampGrad isNaN isFinite ' +
  'logicalNot logicalAnd logicalOr logicalXor eq ne lt le gt ge where'
).split(' ');
