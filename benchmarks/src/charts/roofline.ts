import type { BandwidthFigures, LayerFigures } from '../report/row.ts';
import { axes, logScale, type Frame } from './axes.ts';
import { element, label } from './svg.ts';

/** A layer on a device, as a place under its roof. */
export interface RooflineLayer extends LayerFigures {
  /** What a pointer finds it by. */
  readonly index: number;
}

/** What a device reaches at most. */
export interface Roof {
  /** Billions of multiply-accumulates per second. */
  readonly limitGmacs: number;
  readonly bandwidth: BandwidthFigures;
}

export interface RooflineOptions {
  readonly width: number;
  readonly height: number;
}

/** The kinds of layers, with their colours. */
export const layerKinds: Readonly<Record<LayerFigures['kind'], { name: string; colour: string }>> =
  {
    convolution: { name: 'convolution', colour: '#2f7de1' },
    pointwise: { name: '1×1 convolution', colour: '#17966b' },
    depthwise: { name: 'depthwise convolution', colour: '#e0662b' },
    linear: { name: 'linear', colour: '#9a63e0' },
  };

const greatestRadius = 22;
const leastRadius = 4;

/** Pixels that the name of a line takes, about. */
const textWidth = 150;

/** MACs for each byte that a layer reads or writes. */
export const intensityOf = ({ macs, bytes }: LayerFigures): number => macs / bytes;

/** Billions of multiply-accumulates per second. */
export const rateOf = ({ macs, ms }: LayerFigures): number => macs / ms / 1e6;

/** What the device allows at an arithmetic intensity: its products, or the bytes that it moves at best. */
export const roofAt = (intensity: number, { limitGmacs, bandwidth }: Roof): number =>
  Math.min(limitGmacs, intensity * bandwidth.best);

/**
 * Layers by arithmetic intensity and by the speed that they reach, under what the device reaches at most. The area of a
 * circle is the share of the layers' time.
 */
export function roofline(
  layers: readonly RooflineLayer[],
  roof: Roof,
  { width, height }: RooflineOptions,
): string {
  const frame: Frame = { left: 62, right: width - 24, top: 34, bottom: height - 52 };
  const { limitGmacs, bandwidth } = roof;
  const bends = [bandwidth.best, bandwidth.ofLargest].map((bytes) => limitGmacs / bytes);
  const x = logScale([...layers.map(intensityOf), ...bends], frame.left, frame.right);
  const y = logScale([...layers.map(rateOf), limitGmacs], frame.bottom, frame.top);
  const total = layers.reduce((sum, { ms, count }) => sum + ms * count, 0);
  const most = Math.max(...layers.map(({ ms, count }) => (ms * count) / total));
  const circles = layers
    .map((layer) => ({
      layer,
      radius: Math.max(
        leastRadius,
        greatestRadius * Math.sqrt((layer.ms * layer.count) / total / most),
      ),
    }))
    // The small ones above the great ones, so that each can be pointed at.
    .toSorted((a, b) => b.radius - a.radius)
    .map(({ layer, radius }) => {
      const { colour } = layerKinds[layer.kind];
      return element('circle', {
        class: 'dot',
        cx: x(intensityOf(layer)),
        cy: y(rateOf(layer)),
        r: radius,
        fill: colour,
        stroke: colour,
        'data-index': String(layer.index),
      });
    });
  return [
    axes(frame, x, y, {
      x: 'MACs for each byte of input, output and parameters, log scale',
      y: 'Billions of MACs per second, log scale',
    }),
    slope(frame, x, y, limitGmacs, bandwidth.best, 'sums in caches'),
    slope(frame, x, y, limitGmacs, bandwidth.ofLargest, 'sums beyond'),
    ceiling(frame, x, y, limitGmacs, Math.min(...bends)),
    ...circles,
  ].join('');
}

type Place = (value: number) => number;

/** The line of a bandwidth, from where it enters the picture up to the best product. */
function slope(
  { left, bottom }: Frame,
  x: Place,
  y: Place,
  limitGmacs: number,
  bandwidth: number,
  name: string,
): string {
  const end = [x(limitGmacs / bandwidth), y(limitGmacs)] as const;
  // Lines of one power of the other are straight where both axes are logarithmic: a second point gives the slope.
  const other = [x(limitGmacs / bandwidth / 10), y(limitGmacs / 10)] as const;
  const rise = (other[1] - end[1]) / (end[0] - other[0]);
  const start = Math.max(left, end[0] - (bottom - end[1]) / rise);
  const startY = end[1] + rise * (end[0] - start);
  if (start >= end[0]) return '';
  const text = `${name}: ${Number(bandwidth.toPrecision(3))} GB/s`;
  const line = element('path', {
    class: 'front',
    d: `M${start.toFixed(1)},${startY.toFixed(1)}L${end[0].toFixed(1)},${end[1].toFixed(1)}`,
  });
  // Along the line, or beside its end where it is too short for that.
  if (Math.hypot(end[0] - start, end[1] - startY) < textWidth) {
    return line + label(text, { class: 'tick', x: end[0] + 4, y: end[1] + 16 });
  }
  const angle = (-Math.atan(rise) * 180) / Math.PI;
  const [middleX, middleY] = [(start + end[0]) / 2, (startY + end[1]) / 2];
  const transform = `translate(${middleX.toFixed(1)} ${middleY.toFixed(1)}) rotate(${angle.toFixed(1)})`;
  const along = label(text, { class: 'tick', x: 0, y: -7, 'text-anchor': 'middle' });
  return line + element('g', { transform }, along);
}

/** The line of the best matrix product. */
function ceiling({ right }: Frame, x: Place, y: Place, limitGmacs: number, from: number): string {
  const height = y(limitGmacs);
  return (
    element('path', { class: 'front', d: `M${x(from).toFixed(1)},${height.toFixed(1)}H${right}` }) +
    label(`best matrix product: ${Number(limitGmacs.toPrecision(3))} GMAC/s`, {
      class: 'tick',
      x: right,
      y: height - 8,
      'text-anchor': 'end',
    })
  );
}
