import {
  hardsigmoid,
  hardswish,
  logSigmoid,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softsign,
  tanh,
  tanhshrink,
  type Tensor,
} from '@convnet/tensor-core';

import { Module } from '../module/module.ts';

/** max(x, 0). */
export class ReLU extends Module {
  override forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/** Hyperbolic tangent. */
export class Tanh extends Module {
  override forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/** 1 / (1 + exp(-x)). */
export class Sigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/** min(max(x, 0), 6). */
export class ReLU6 extends Module {
  override forward(x: Tensor): Tensor {
    return relu6(x);
  }
}

/** x sigmoid(x), also named swish. */
export class SiLU extends Module {
  override forward(x: Tensor): Tensor {
    return silu(x);
  }
}

/** x min(max(x + 3, 0), 6) / 6. Howard et al., "Searching for MobileNetV3", ICCV 2019. */
export class Hardswish extends Module {
  override forward(x: Tensor): Tensor {
    return hardswish(x);
  }
}

/** min(max(x + 3, 0), 6) / 6. */
export class Hardsigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return hardsigmoid(x);
  }
}

/** Scaled ELU with fixed constants. torch.nn.SELU. */
export class SELU extends Module {
  override forward(x: Tensor): Tensor {
    return selu(x);
  }
}

/** x tanh(softplus(x)). */
export class Mish extends Module {
  override forward(x: Tensor): Tensor {
    return mish(x);
  }
}

/** log(sigmoid(x)). */
export class LogSigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return logSigmoid(x);
  }
}

/** x / (1 + |x|). */
export class Softsign extends Module {
  override forward(x: Tensor): Tensor {
    return softsign(x);
  }
}

/** x - tanh(x). */
export class Tanhshrink extends Module {
  override forward(x: Tensor): Tensor {
    return tanhshrink(x);
  }
}
