import {
  aDType,
  byteLength,
  checkOptions,
  inferShapes,
  meta,
  noGrad,
  optionKinds,
  Tensor,
  trace,
  zeros,
  type DType,
  type TraceEvent,
} from '@convnet/tensor-core';

import { inEvaluation } from '../module/evaluation-mode.ts';
import type { AnyModule } from '../module/module.ts';
import { requireInputShape, requireModule } from '../module/require-module.ts';

/** One layer without children, as it was applied. */
export interface LayerSummary {
  /** Path in the model; '' for a model that is a single layer. */
  readonly path: string;
  readonly type: string;
  readonly outputShape: readonly number[];
  /** Learned numbers, counted where the layer is first applied. */
  readonly parameters: number;
  /** Multiply-accumulates. 1 MAC is 2 FLOPs. */
  readonly macs: number;
}

/** What a model is made of and what one forward pass costs. */
export interface Summary {
  readonly model: string;
  readonly inputShape: readonly number[];
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  readonly learnedParameters: number;
  readonly macs: number;
  /** Floating point operations of everything, pointwise operations included. */
  readonly flops: number;
  /** Bytes of the input. */
  readonly inputBytes: number;
  /** Bytes of every layer's output, and as much again for their gradients. */
  readonly activationBytes: number;
  /** Bytes of the parameters. */
  readonly parameterBytes: number;
  readonly totalBytes: number;
  /** The table that `console.log` shows. */
  toString(): string;
}

/** Options of `summary`. */
export interface SummaryOptions {
  /** Element type of the input. Default float32. */
  readonly dtype?: DType;
}

const summaryOptions = optionKinds<SummaryOptions>({ dtype: aDType });

/**
 * Describes a model for inputs of a shape (batch included), without computing anything.
 * @throws the model's errors for an input that does not fit.
 */
export function summary(
  model: AnyModule,
  inputShape: readonly number[],
  options: SummaryOptions = {},
): Summary {
  checkOptions('summary', options, summaryOptions);
  requireModule('summary', model);
  requireInputShape('summary', inputShape);
  const { dtype = 'float32' } = options;
  const layers: LayerSummary[] = [];
  const seen = new Set<object>();
  let macs = 0;
  let flops = 0;
  let macsBefore = 0;
  const count = ({ operation, inputs, outputs, attributes }: TraceEvent): void => {
    const cost = operation.cost(inputs, outputs, attributes);
    macs += cost.macs;
    flops += cost.flops;
  };
  const paths = new Map<AnyModule, string>();
  for (const [path, module] of model.namedModules()) paths.set(module, path);
  const removals = [...paths].map(([module, path]) => {
    const leaf = module.namedChildren().next().done === true;
    if (!leaf) return () => undefined;
    return module.onForward((_, __, output) => {
      if (!(output instanceof Tensor)) return;
      const own = [...module.namedParameters()].map(([, p]) => p).filter((p) => !seen.has(p));
      for (const parameter of own) seen.add(parameter);
      layers.push({
        path,
        type: module.typeName,
        outputShape: output.shape,
        parameters: own.reduce((total, p) => total + p.size, 0),
        macs: macs - macsBefore,
      });
      macsBefore = macs;
    });
  });
  try {
    const input = zeros(inputShape, { device: meta, dtype });
    inEvaluation(model, () =>
      inferShapes(() => noGrad(() => trace(count, () => model.forward(input)))),
    );
  } finally {
    for (const remove of removals) remove();
  }
  const parameters = model.parameters();
  const sizeOf = (list: readonly Tensor[]): number => list.reduce((total, t) => total + t.size, 0);
  const inputBytes = byteLength({ shape: inputShape, dtype });
  const activationBytes = layers.reduce(
    (total, { outputShape }) => total + 2 * byteLength({ shape: outputShape, dtype: 'float32' }),
    0,
  );
  const parameterBytes = 4 * sizeOf(parameters);
  const result: Summary = {
    model: model.architecture || model.typeName,
    inputShape,
    layers,
    parameters: sizeOf(parameters),
    learnedParameters: sizeOf(parameters.filter((p) => p.requiresGrad)),
    macs,
    flops,
    inputBytes,
    activationBytes,
    parameterBytes,
    totalBytes: inputBytes + activationBytes + parameterBytes,
    toString: () => formatSummary(result),
  };
  return result;
}

/** Multiply-accumulates and floating point operations of one forward pass. 1 MAC is 2 FLOPs. */
export function countFlops(
  model: AnyModule,
  inputShape: readonly number[],
): { readonly macs: number; readonly flops: number; readonly layers: readonly LayerSummary[] } {
  const { macs, flops, layers } = summary(model, inputShape);
  return { macs, flops, layers };
}

function formatSummary(s: Summary): string {
  const number = (value: number): string => value.toLocaleString('en-US');
  const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)} MB`;
  const rows = s.layers.map((layer) => [
    `${layer.path === '' ? s.model : layer.path} (${layer.type})`,
    `[${layer.outputShape.join(', ')}]`,
    number(layer.parameters),
    number(layer.macs),
  ]);
  const head = ['Layer', 'Output shape', 'Parameters', 'MACs'];
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]!.length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  const rule = '-'.repeat(widths.reduce((total, width) => total + width + 2, -2));
  return [
    `${s.model} on [${s.inputShape.join(', ')}]`,
    rule,
    line(head),
    rule,
    ...rows.map(line),
    rule,
    `Parameters: ${number(s.parameters)} (${number(s.learnedParameters)} learned)`,
    `MACs: ${number(s.macs)} (1 MAC = 2 FLOPs); FLOPs with pointwise operations: ${number(s.flops)}`,
    `Input: ${megabytes(s.inputBytes)}`,
    `Forward/backward: ${megabytes(s.activationBytes)}`,
    `Parameters: ${megabytes(s.parameterBytes)}`,
    `Total: ${megabytes(s.totalBytes)}`,
  ].join('\n');
}
