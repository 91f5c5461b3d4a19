import {
  CircularPad,
  ConstantPad,
  ReflectionPad,
  ReplicationPad,
  ZeroPad,
  type SideAmounts,
} from './padding.ts';

/** Padding under the names that fix its rank. */

/** Padding with the other end, for signals. */
export class CircularPad1d extends CircularPad {
  constructor(padding: SideAmounts) {
    super(1, padding);
  }
}

/** Padding with the other end, for images. */
export class CircularPad2d extends CircularPad {
  constructor(padding: SideAmounts) {
    super(2, padding);
  }
}

/** Padding with the other end, for volumes. */
export class CircularPad3d extends CircularPad {
  constructor(padding: SideAmounts) {
    super(3, padding);
  }
}

/** Padding with a number, for signals. */
export class ConstantPad1d extends ConstantPad {
  constructor(padding: SideAmounts, value: number) {
    super(1, padding, value);
  }
}

/** Padding with a number, for images. */
export class ConstantPad2d extends ConstantPad {
  constructor(padding: SideAmounts, value: number) {
    super(2, padding, value);
  }
}

/** Padding with a number, for volumes. */
export class ConstantPad3d extends ConstantPad {
  constructor(padding: SideAmounts, value: number) {
    super(3, padding, value);
  }
}

/** Padding with the mirrored input, for signals. */
export class ReflectionPad1d extends ReflectionPad {
  constructor(padding: SideAmounts) {
    super(1, padding);
  }
}

/** Padding with the mirrored input, for images. */
export class ReflectionPad2d extends ReflectionPad {
  constructor(padding: SideAmounts) {
    super(2, padding);
  }
}

/** Padding with the mirrored input, for volumes. */
export class ReflectionPad3d extends ReflectionPad {
  constructor(padding: SideAmounts) {
    super(3, padding);
  }
}

/** Padding with the edges, for signals. */
export class ReplicationPad1d extends ReplicationPad {
  constructor(padding: SideAmounts) {
    super(1, padding);
  }
}

/** Padding with the edges, for images. */
export class ReplicationPad2d extends ReplicationPad {
  constructor(padding: SideAmounts) {
    super(2, padding);
  }
}

/** Padding with the edges, for volumes. */
export class ReplicationPad3d extends ReplicationPad {
  constructor(padding: SideAmounts) {
    super(3, padding);
  }
}

/** Padding with zeros, for signals. */
export class ZeroPad1d extends ZeroPad {
  constructor(padding: SideAmounts) {
    super(1, padding);
  }
}

/** Padding with zeros, for images. */
export class ZeroPad2d extends ZeroPad {
  constructor(padding: SideAmounts) {
    super(2, padding);
  }
}

/** Padding with zeros, for volumes. */
export class ZeroPad3d extends ZeroPad {
  constructor(padding: SideAmounts) {
    super(3, padding);
  }
}
