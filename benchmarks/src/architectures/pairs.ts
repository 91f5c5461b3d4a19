import type { Member } from './members.ts';
import type { ComparedSet } from './sets.ts';

/** Networks that PyTorch trains too: `NETWORKS` of peers/pytorch-trainings.py builds them. */
const paired: readonly { readonly member: string; readonly dims: 1 | 2 }[] = [
  { member: 'resnet20', dims: 2 },
  { member: 'mobilenet_v2_w0.25', dims: 2 },
  { member: 'resnet18_w16', dims: 1 },
];

/** Whether PyTorch trains a network beside convnet. Then both have several seeds, as their means are compared. */
export const isPaired = ({
  set,
  member,
}: {
  readonly set: ComparedSet;
  readonly member: Member;
}): boolean => paired.some((pair) => pair.member === member.name && pair.dims === set.dims);
