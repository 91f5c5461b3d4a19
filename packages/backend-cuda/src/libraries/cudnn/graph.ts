import type { AddonError, Cudnn } from '../../addon/interface.ts';
import {
  attributes,
  descriptors,
  heuristics,
  notes,
  others,
  pointwiseModes,
  types,
} from './names.ts';

/** A tensor of a graph, float32: axis 1 has the channels. Strides are elements. */
export interface GraphTensor {
  /** By which pointers are handed in. */
  readonly id: number;
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  /** Whether it is between two operations and never in memory. */
  readonly isVirtual?: boolean;
}

/** Strides, dilations and paddings, one for each spatial axis. */
export interface ConvolutionNumbers {
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly padBegin: readonly number[];
  readonly padEnd: readonly number[];
}

/** A convolution, or its gradient by the input or the weight. */
export interface ConvolutionOperation {
  readonly kind: 'forward' | 'inputGrad' | 'weightGrad';
  /** The input or its gradient, the weight or its, the output or its. */
  readonly x: GraphTensor;
  readonly w: GraphTensor;
  readonly y: GraphTensor;
  readonly numbers: ConvolutionNumbers;
}

/** y = x + b or relu(x), where NaN stays NaN. */
export interface PointwiseOperation {
  readonly kind: 'add' | 'relu';
  readonly x: GraphTensor;
  /** Null for relu; its axes of extent 1 are repeated. */
  readonly b: GraphTensor | null;
  readonly y: GraphTensor;
}

/** An operation of a graph. */
export type GraphOperation = ConvolutionOperation | PointwiseOperation;

/** Which engines may serve. */
export interface EngineRules {
  readonly isDeterministic: boolean;
  readonly isTf32: boolean;
}

/** An engine as the library proposes it: what runs it, and what it needs. */
export interface EnginePlan {
  /** Of its descriptor. */
  readonly plan: number;
  /** Bytes. */
  readonly workspace: number;
}

/** What goes for the device of the handle; null where the handle's own is meant. */
export type DeviceDescription = string | null;

/** Engines that never serve: their transforms spread a NaN or an infinity over neighbours, and err more than sums do. */
const refusedAlways: readonly number[] = [
  notes.FFT,
  notes.WINOGRAD,
  notes.WINOGRAD_TILE_4x4,
  notes.WINOGRAD_TILE_6x6,
  notes.WINOGRAD_TILE_13x13,
  notes.REDUCED_PRECISION_REDUCTION,
];

/** Makes a graph's descriptors, and lets go of them. */
export class GraphOfCudnn {
  readonly #dnn: Cudnn;
  readonly #made: number[] = [];
  readonly #tensors = new Map<number, number>();
  readonly #graph: number;
  readonly #device: number | null;

  /** @throws AddonError for a graph that the library refuses. */
  constructor(dnn: Cudnn, operations: readonly GraphOperation[], device: DeviceDescription = null) {
    this.#dnn = dnn;
    try {
      this.#device =
        device === null
          ? null
          : this.#make(descriptors.DEVICEPROP, (made) => {
              dnn.setText(made, attributes.DEVICEPROP_JSON_REPRESENTATION, device);
            });
      const made = operations.map((operation) => this.#operation(operation));
      this.#graph = this.#make(descriptors.OPERATIONGRAPH, (graph) => {
        dnn.set(graph, attributes.OPERATIONGRAPH_OPS, types.BACKEND_DESCRIPTOR, made);
        if (device === null) dnn.set(graph, attributes.OPERATIONGRAPH_HANDLE, types.HANDLE, [0]);
      });
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * Plans of engines that may serve, what the library takes for fastest first.
   * @param visit is handed each in turn and says whether it wants another; the plan is then its own
   */
  visitPlans(rules: EngineRules, visit: (plan: EnginePlan) => boolean): void {
    for (const mode of [heuristics.A, heuristics.FALLBACK]) {
      for (const config of this.#configs(mode)) {
        if (!this.#serves(config, rules)) continue;
        const plan = this.#plan(config);
        if (plan !== null && !visit(plan)) return;
      }
    }
  }

  dispose(): void {
    for (const each of this.#made) this.#dnn.destroy(each);
    this.#made.length = 0;
  }

  #configs(mode: number): number[] {
    const dnn = this.#dnn;
    try {
      const asked = this.#make(descriptors.ENGINEHEUR, (made) => {
        dnn.set(made, attributes.ENGINEHEUR_OPERATION_GRAPH, types.BACKEND_DESCRIPTOR, [
          this.#graph,
        ]);
        dnn.set(made, attributes.ENGINEHEUR_MODE, types.HEUR_MODE, [mode]);
        if (this.#device !== null)
          dnn.set(made, attributes.ENGINEHEUR_DEVICEPROP, types.BACKEND_DESCRIPTOR, [this.#device]);
      });
      const found = dnn.getDescriptors(
        asked,
        attributes.ENGINEHEUR_RESULTS,
        descriptors.ENGINECFG,
        mostConfigs,
      );
      this.#made.push(...found);
      return found;
    } catch (error) {
      if (isRefusal(error)) return [];
      throw error;
    }
  }

  #serves(config: number, { isDeterministic, isTf32 }: EngineRules): boolean {
    const dnn = this.#dnn;
    const [engine] = dnn.getDescriptors(config, attributes.ENGINECFG_ENGINE, descriptors.ENGINE, 1);
    if (engine === undefined) return false;
    this.#made.push(engine);
    const own = dnn.get(engine, attributes.ENGINE_NUMERICAL_NOTE, types.NUMERICAL_NOTE, mostNotes);
    const refused = [
      ...refusedAlways,
      ...(isDeterministic ? [notes.NONDETERMINISTIC] : []),
      ...(isTf32 ? [] : [notes.TENSOR_CORE, notes.DOWN_CONVERT_INPUTS]),
    ];
    return !own.some((note) => refused.includes(note));
  }

  /** Null for an engine that does not take the graph after all. */
  #plan(config: number): EnginePlan | null {
    const dnn = this.#dnn;
    const plan = dnn.create(descriptors.EXECUTION_PLAN);
    try {
      if (this.#device === null) dnn.set(plan, attributes.EXECUTION_PLAN_HANDLE, types.HANDLE, [0]);
      else
        dnn.set(plan, attributes.EXECUTION_PLAN_DEVICEPROP, types.BACKEND_DESCRIPTOR, [
          this.#device,
        ]);
      dnn.set(plan, attributes.EXECUTION_PLAN_ENGINE_CONFIG, types.BACKEND_DESCRIPTOR, [config]);
      dnn.finalize(plan);
      return { plan, workspace: workspaceOf(dnn, plan) };
    } catch (error) {
      dnn.destroy(plan);
      if (isRefusal(error)) return null;
      throw error;
    }
  }

  #operation(operation: GraphOperation): number {
    switch (operation.kind) {
      case 'forward':
      case 'inputGrad':
      case 'weightGrad':
        return this.#convolution(operation);
      default:
        return this.#pointwise(operation);
    }
  }

  #convolution({ kind, x, w, y, numbers }: ConvolutionOperation): number {
    const dnn = this.#dnn;
    const { stride, dilation, padBegin, padEnd } = numbers;
    const numbersOf = this.#make(descriptors.CONVOLUTION, (made) => {
      dnn.set(made, attributes.CONVOLUTION_COMP_TYPE, types.DATA_TYPE, [others.CUDNN_DATA_FLOAT]);
      const mode = [others.CUDNN_CROSS_CORRELATION];
      dnn.set(made, attributes.CONVOLUTION_CONV_MODE, types.CONVOLUTION_MODE, mode);
      dnn.set(made, attributes.CONVOLUTION_SPATIAL_DIMS, types.INT64, [stride.length]);
      dnn.set(made, attributes.CONVOLUTION_DILATIONS, types.INT64, dilation);
      dnn.set(made, attributes.CONVOLUTION_FILTER_STRIDES, types.INT64, stride);
      dnn.set(made, attributes.CONVOLUTION_PRE_PADDINGS, types.INT64, padBegin);
      dnn.set(made, attributes.CONVOLUTION_POST_PADDINGS, types.INT64, padEnd);
    });
    const { type, conv, alpha, beta, tensors } = convolutionAttributes[kind];
    return this.#make(type, (made) => {
      dnn.set(made, conv, types.BACKEND_DESCRIPTOR, [numbersOf]);
      [x, w, y].forEach((tensor, i) => {
        dnn.set(made, tensors[i]!, types.BACKEND_DESCRIPTOR, [this.#tensor(tensor)]);
      });
      dnn.set(made, alpha, types.FLOAT, [1]);
      dnn.set(made, beta, types.FLOAT, [0]);
    });
  }

  #pointwise({ kind, x, b, y }: PointwiseOperation): number {
    const dnn = this.#dnn;
    const numbersOf = this.#make(descriptors.POINTWISE, (made) => {
      const mode = pointwiseModes[kind === 'add' ? 'ADD' : 'RELU_FWD'];
      dnn.set(made, attributes.POINTWISE_MODE, types.POINTWISE_MODE, [mode]);
      const float = [others.CUDNN_DATA_FLOAT];
      dnn.set(made, attributes.POINTWISE_MATH_PREC, types.DATA_TYPE, float);
      if (kind !== 'relu') return;
      const propagate = [others.CUDNN_PROPAGATE_NAN];
      dnn.set(made, attributes.POINTWISE_NAN_PROPAGATION, types.NAN_PROPOGATION, propagate);
    });
    return this.#make(descriptors.OPERATION_POINTWISE, (made) => {
      const own = attributes.OPERATION_POINTWISE_PW_DESCRIPTOR;
      dnn.set(made, own, types.BACKEND_DESCRIPTOR, [numbersOf]);
      const point = (attribute: number, tensor: GraphTensor): void => {
        dnn.set(made, attribute, types.BACKEND_DESCRIPTOR, [this.#tensor(tensor)]);
      };
      point(attributes.OPERATION_POINTWISE_XDESC, x);
      if (b !== null) point(attributes.OPERATION_POINTWISE_BDESC, b);
      point(attributes.OPERATION_POINTWISE_YDESC, y);
    });
  }

  #tensor({ id, dims, strides, isVirtual = false }: GraphTensor): number {
    const known = this.#tensors.get(id);
    if (known !== undefined) return known;
    const dnn = this.#dnn;
    const tensor = this.#make(descriptors.TENSOR, (made) => {
      dnn.set(made, attributes.TENSOR_DATA_TYPE, types.DATA_TYPE, [others.CUDNN_DATA_FLOAT]);
      dnn.set(made, attributes.TENSOR_DIMENSIONS, types.INT64, dims);
      dnn.set(made, attributes.TENSOR_STRIDES, types.INT64, strides);
      dnn.set(made, attributes.TENSOR_UNIQUE_ID, types.INT64, [id]);
      dnn.set(made, attributes.TENSOR_BYTE_ALIGNMENT, types.INT64, [alignment]);
      if (isVirtual) dnn.set(made, attributes.TENSOR_IS_VIRTUAL, types.BOOLEAN, [1]);
    });
    this.#tensors.set(id, tensor);
    return tensor;
  }

  #make(type: number, fill: (made: number) => void): number {
    const made = this.#dnn.create(type);
    this.#made.push(made);
    fill(made);
    this.#dnn.finalize(made);
    return made;
  }
}

const mostConfigs = 32;
const mostNotes = 16;
/** Bytes that every memory begins at a multiple of, and more. */
const alignment = 16;

const convolutionAttributes = {
  forward: {
    type: descriptors.OPERATION_CONVOLUTION_FORWARD,
    conv: attributes.OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
    alpha: attributes.OPERATION_CONVOLUTION_FORWARD_ALPHA,
    beta: attributes.OPERATION_CONVOLUTION_FORWARD_BETA,
    tensors: [
      attributes.OPERATION_CONVOLUTION_FORWARD_X,
      attributes.OPERATION_CONVOLUTION_FORWARD_W,
      attributes.OPERATION_CONVOLUTION_FORWARD_Y,
    ],
  },
  inputGrad: {
    type: descriptors.OPERATION_CONVOLUTION_BACKWARD_DATA,
    conv: attributes.OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
    alpha: attributes.OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
    beta: attributes.OPERATION_CONVOLUTION_BWD_DATA_BETA,
    tensors: [
      attributes.OPERATION_CONVOLUTION_BWD_DATA_DX,
      attributes.OPERATION_CONVOLUTION_BWD_DATA_W,
      attributes.OPERATION_CONVOLUTION_BWD_DATA_DY,
    ],
  },
  weightGrad: {
    type: descriptors.OPERATION_CONVOLUTION_BACKWARD_FILTER,
    conv: attributes.OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
    alpha: attributes.OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
    beta: attributes.OPERATION_CONVOLUTION_BWD_FILTER_BETA,
    tensors: [
      attributes.OPERATION_CONVOLUTION_BWD_FILTER_X,
      attributes.OPERATION_CONVOLUTION_BWD_FILTER_DW,
      attributes.OPERATION_CONVOLUTION_BWD_FILTER_DY,
    ],
  },
} as const;

function workspaceOf(dnn: Cudnn, plan: number): number {
  const own = attributes.EXECUTION_PLAN_WORKSPACE_SIZE;
  return dnn.get(plan, own, types.INT64, 1)[0] ?? 0;
}

/** What a plan is made of, its compiled kernels included: for a file. @throws AddonError where the engine cannot say. */
export function textOfPlan(dnn: Cudnn, { plan }: EnginePlan): string {
  return dnn.getText(plan, attributes.EXECUTION_PLAN_JSON_REPRESENTATION);
}

/** The plan of a text, for the device of the handle. @throws AddonError for a text of another version or device. */
export function planOfText(dnn: Cudnn, text: string): EnginePlan {
  const plan = dnn.create(descriptors.EXECUTION_PLAN);
  try {
    dnn.set(plan, attributes.EXECUTION_PLAN_HANDLE, types.HANDLE, [0]);
    dnn.setText(plan, attributes.EXECUTION_PLAN_JSON_REPRESENTATION, text);
    dnn.finalize(plan);
    return { plan, workspace: workspaceOf(dnn, plan) };
  } catch (error) {
    dnn.destroy(plan);
    throw error;
  }
}

/** Whether the library says that it does not do this, rather than that something is wrong: CUDNN_STATUS_NOT_SUPPORTED and its kinds. */
export function isRefusal(error: unknown): boolean {
  const { status } = error as AddonError;
  return status !== undefined && status >= 3000 && status < 4000;
}
