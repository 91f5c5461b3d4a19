import { countFlops } from '../packages/layers/src/index.ts';
import * as detection from '../packages/models/detection/src/index.ts';

/** What detectors are counted for: an image at the size that they resize to, padded, or a signal. */
const inputs: Readonly<Record<number, readonly number[]>> = {
  1: [1, 3, 4096],
  2: [1, 3, 800, 1088],
};
const inputsOf: Readonly<Record<string, readonly number[]>> = {
  fasterrcnn_mobilenet_v3_large_320_fpn: [1, 3, 320, 448],
};

type Builder = (options: { readonly dims: 1 | 2 }) => detection.RCNN;

const builders = Object.entries(detection as Readonly<Record<string, unknown>>)
  .filter(([name]) => /^\w+rcnn_\w+_fpn(_v2)?$/.test(name))
  .toSorted(([a], [b]) => (a < b ? -1 : 1)) as [string, Builder][];

const published = (name: string): string[] => {
  const files = (detection as Readonly<Record<string, unknown>>)[`${name}Weights`] as
    | detection.DetectionFiles<'COCO_V1'>
    | undefined;
  const { boxMap, maskMap, keypointMap } = files?.COCO_V1 ?? {};
  return [boxMap, maskMap, keypointMap].map((map) => (map === undefined ? '' : map.toFixed(1)));
};

/** The section of docs/models.md about detectors. */
export function detectorSection(): string {
  const rows = builders.flatMap(([name, build]) =>
    detection.ranks.map((dims) => {
      const model = build({ dims });
      const shape = (dims === 2 ? inputsOf[name] : undefined) ?? inputs[dims]!;
      const bins = Array.from({ length: dims }, () => 7);
      const regions = model.rpn.options.postNmsTopN.evaluation;
      const pooled = [regions, model.backbone.outChannels, ...bins];
      const counts = [
        model.parameters().reduce((sum, { size }) => sum + size, 0),
        countFlops(model, shape).macs,
        countFlops(model.roi_heads, pooled).macs,
      ];
      const maps = dims === 2 ? published(name) : ['', '', ''];
      const numbers = counts.map((count) => count.toLocaleString('en'));
      return [`\`${name}\``, `${dims}D`, shape.join('x'), ...numbers, ...maps];
    }),
  );
  const table = [
    '| builder | rank | input | parameters | MACs | MACs of boxes | box mAP | mask mAP | keypoint mAP |',
    `|---|---|---|${'--:|'.repeat(6)}`,
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ];
  return [
    '## detection',
    'MACs are those of features and proposals for a padded input; those of boxes come on top, for all regions that are\n' +
      'looked at in evaluation: 1,000, or 150 of the builder for 320 pixels. Mean average ' +
      "precision on COCO's val2017 is that of torchvision's weights.",
    table.join('\n'),
  ].join('\n\n');
}
