import {
  Conv,
  initWeights,
  inputShapeOf,
  Linear,
  Module,
  normal,
  outputShape,
  ownRules,
  Parameter,
  pipe,
  ReLU,
  requireCounts,
  resolveOptions,
  Sequential,
  Sigmoid,
  type SizedModelOptions,
} from '@convnet/layers';
import {
  add,
  argmax,
  ArgumentError,
  elementCount,
  flatten,
  matmul,
  mul,
  norm,
  oneHot,
  permute,
  relu,
  requireTensor,
  reshape,
  scope,
  ShapeError,
  softmax,
  squash,
  unsqueeze,
  zeros,
  type Tensor,
} from '@convnet/tensor-core';

import { ranks } from './ranks.ts';

export interface CapsNetOptions extends SizedModelOptions<(typeof ranks)[number]> {
  /** Channels of the first convolution. Default 256. */
  readonly convChannels?: number;
  /** Primary capsules at each position, of 8 numbers each. Default 32. */
  readonly primaryCapsules?: number;
  /** Rounds of routing by agreement. Default 3. */
  readonly routingIterations?: number;
  /** Adds the decoder, and gives the capsules beside their lengths in training. Default true. */
  readonly reconstruction?: boolean;
}

/** What a CapsNet with a decoder gives in training. */
export interface CapsNetOutput {
  /** Lengths of the class capsules, from 0 to 1: [N, numClasses]. For `marginLoss`. */
  readonly logits: Tensor;
  /** [N, numClasses, 16]. For `reconstruct`. */
  readonly capsules: Tensor;
}

/** Length of a primary and of a class capsule. */
const primarySize = 8;
const classSize = 16;

/** A convolution whose channels are read as capsules: [N, inChannels, …] -> [N, capsules, 8]. */
class PrimaryCapsules extends Module {
  conv: Conv;

  /** `capsules`: how many there are at each position. */
  constructor(dims: number, inChannels: number, capsules: number) {
    super();
    this.conv = new Conv(dims, inChannels, capsules * primarySize, 9, { stride: 2 });
  }

  override forward(x: Tensor): Tensor {
    const y = this.conv.forward(x);
    const [batch, channels] = y.shape as [number, number];
    const perPosition = reshape(y, [batch, channels / primarySize, primarySize, -1]);
    return squash(reshape(permute(perPosition, [0, 1, 3, 2]), [batch, -1, primarySize]));
  }
}

/** Capsules for the classes, by routing: [N, inCapsules, 8] -> [N, numClasses, 16]. */
class ClassCapsules extends Module {
  readonly routingIterations: number;
  /** Of each input capsule i and class j a matrix W_ij: [inCapsules, numClasses, 8, 16]. */
  weight: Parameter;

  constructor(inCapsules: number, numClasses: number, routingIterations: number) {
    super();
    this.routingIterations = routingIterations;
    const shape = [inCapsules, numClasses, primarySize, classSize];
    this.weight = new Parameter(shape, normal(0, 0.1));
  }

  override forward(u: Tensor): Tensor {
    return this.#route(this.#predict(u));
  }

  /** û_j|i = W_ij u_i, equation 2: [N, numClasses, inCapsules, 16]. */
  #predict(u: Tensor): Tensor {
    const [inCapsules, numClasses] = this.weight.shape as [number, number];
    const matrices = reshape(permute(this.weight, [0, 2, 1, 3]), [
      inCapsules,
      primarySize,
      numClasses * classSize,
    ]);
    const predicted = matmul(permute(u, [1, 0, 2]), matrices);
    const split = reshape(predicted, [inCapsules, -1, numClasses, classSize]);
    return permute(split, [1, 2, 0, 3]);
  }

  /** Procedure 1: input capsules turn to the classes whose capsules agree with their predictions. */
  #route(predictions: Tensor): Tensor {
    const [batch, numClasses, inCapsules] = predictions.shape as [number, number, number];
    // Logits b_ij, as rows of numClasses for each class j: [N, numClasses, 1, inCapsules].
    let b = zeros([batch, numClasses, 1, inCapsules], { device: predictions.device });
    for (let iteration = 1; ; iteration++) {
      const c = softmax(b, 1);
      const v = squash(matmul(c, predictions)); // [N, numClasses, 1, 16]
      if (iteration === this.routingIterations) return reshape(v, [batch, numClasses, classSize]);
      b = add(b, matmul(v, permute(predictions, [0, 1, 3, 2])));
    }
  }

  override extraRepr(): string {
    return `${this.weight.shape[0]}, ${this.weight.shape[1]}, routing_iterations=${this.routingIterations}`;
  }
}

/**
 * A convolution, primary capsules, class capsules, and a decoder that draws the input from them:
 * [N, inChannels, …] -> [N, numClasses], the lengths of the class capsules. Sabour et al., "Dynamic
 * Routing Between Capsules", NIPS 2017, figures 1 and 2.
 */
export class CapsNet<Output extends Tensor | CapsNetOutput = Tensor | CapsNetOutput> extends Module<
  [Tensor],
  Output
> {
  readonly inputShape: readonly number[];
  conv1: Conv;
  primary_capsules: PrimaryCapsules;
  class_capsules: ClassCapsules;
  decoder: Sequential | null;

  /** @throws InputTooSmallError naming the layer and the least extent. */
  constructor(architecture: string, options: CapsNetOptions = {}) {
    super();
    this.architecture = architecture;
    const resolved = resolveOptions(
      architecture,
      options,
      {
        inChannels: 1,
        numClasses: 10,
        inputSize: 28,
        convChannels: 256,
        primaryCapsules: 32,
        routingIterations: 3,
        reconstruction: true,
      },
      ranks,
    );
    const { dims, inChannels, numClasses, device, convChannels, primaryCapsules } = resolved;
    const { routingIterations } = resolved;
    requireCounts(architecture, { convChannels, primaryCapsules, routingIterations });
    const inputShape = inputShapeOf(resolved, resolved.inputSize);
    this.inputShape = inputShape;
    const conv1 = new Conv(dims, inChannels, convChannels, 9);
    const primary_capsules = new PrimaryCapsules(dims, convChannels, primaryCapsules);
    const [, inCapsules] = outputShape(
      new Sequential({ conv1, primary_capsules }),
      inputShape,
      architecture,
    );
    this.conv1 = conv1;
    this.primary_capsules = primary_capsules;
    this.class_capsules = new ClassCapsules(inCapsules!, numClasses, routingIterations);
    this.decoder = resolved.reconstruction
      ? new Sequential([
          new Linear(numClasses * classSize, 512),
          new ReLU(),
          new Linear(512, 1024),
          new ReLU(),
          new Linear(1024, elementCount(inputShape)),
          new Sigmoid(),
        ])
      : null;
    initWeights(this, ownRules, device);
  }

  /** @throws ShapeError for an input of another extent than the network was built for. */
  override forward(x: Tensor): Output {
    const features = relu(this.conv1.forward(x));
    const expected = this.inputShape.slice(1).join(', ');
    if (x.shape.slice(1).join(', ') !== expected) {
      throw new ShapeError(
        `expected input [N, ${expected}], got [${x.shape.join(', ')}]; set inputSize when building ` +
          `the model`,
      );
    }
    const capsules = pipe(features, this.primary_capsules, this.class_capsules);
    const logits = norm(capsules, -1);
    return (this.training && this.decoder !== null ? { logits, capsules } : logits) as Output;
  }

  /** @internal Paths of the modules that know the number of classes; see `headPaths` of @convnet/layers. */
  get headPaths(): readonly string[] {
    return this.decoder === null ? ['class_capsules'] : ['class_capsules', 'decoder.0'];
  }

  /** @internal New class capsules, and a decoder that takes them; see `replaceHead` of @convnet/layers. */
  replaceHead(numClasses: number): void {
    const { class_capsules: old, decoder } = this;
    const { device, shape } = old.weight;
    this.class_capsules = new ClassCapsules(shape[0]!, numClasses, old.routingIterations);
    initWeights(this.class_capsules, ownRules, device);
    old.dispose();
    if (decoder === null) return;
    const [first, ...others] = decoder;
    this.decoder = new Sequential([new Linear(numClasses * classSize, 512, { device }), ...others]);
    first!.dispose();
  }

  /**
   * Draws inputs from the capsules [N, numClasses, 16] of one class each: of `labels` (int32, [N]), or of the
   * longest capsule. Elements are from 0 to 1. -> [N, inChannels, …].
   * @throws ArgumentError for a network without a decoder.
   */
  reconstruct(capsules: Tensor, labels?: Tensor): Tensor {
    const { decoder } = this;
    if (decoder === null) {
      throw new ArgumentError(
        `${this.architecture}: there is no decoder; build the model with reconstruction: true`,
      );
    }
    requireTensor('CapsNet.reconstruct', capsules, 'capsules as a tensor');
    if (labels !== undefined) requireTensor('CapsNet.reconstruct', labels, 'labels as a tensor');
    return scope(() => {
      const chosen = labels ?? argmax(norm(capsules, -1), 1);
      const mask = unsqueeze(oneHot(chosen, capsules.shape[1]!, capsules.dtype), -1);
      const drawn = decoder.forward(flatten(mul(capsules, mask), 1));
      return reshape(drawn, [-1, ...this.inputShape.slice(1)]);
    });
  }
}

/**
 * CapsNet: 8,215,568 parameters for 1x28x28, of them 1,411,344 in the decoder. Without it (`reconstruction:
 * false`) forward gives lengths in training too.
 */
export function capsnet(
  options: CapsNetOptions & { readonly reconstruction: false },
): CapsNet<Tensor>;
export function capsnet(options?: CapsNetOptions): CapsNet;
export function capsnet(options: CapsNetOptions = {}): CapsNet {
  return new CapsNet('capsnet', options);
}
