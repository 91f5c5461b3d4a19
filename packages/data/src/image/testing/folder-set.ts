import type { HostArray } from '../../dataset/host-array.ts';
import type { FileDataset } from '../../files/file-dataset.ts';
import { compose } from '../../transform/compose.ts';
import { imageFolder } from '../image-folder.ts';
import { toTensor } from '../tensor.ts';
import { randomHorizontalFlip, randomResizedCrop } from '../transforms.ts';

/** A folder as a training set: what workers import. */
export function folderSet({
  root,
  size = 16,
}: {
  readonly root: string;
  readonly size?: number;
}): Promise<FileDataset<HostArray<Float32Array>>> {
  return imageFolder(root, {
    transform: compose(
      randomResizedCrop(size),
      randomHorizontalFlip(),
      toTensor({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }),
    ),
  });
}
