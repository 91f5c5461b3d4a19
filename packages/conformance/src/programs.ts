import { batchNormResidualPrograms } from './cases/batch-norm-residual.ts';
import { compositionPrograms } from './cases/compositions.ts';
import { convTransposePrograms } from './cases/conv-transpose.ts';
import { convPrograms } from './cases/conv.ts';
import { elementPrograms } from './cases/elements.ts';
import { float16Programs } from './cases/float16.ts';
import { fusedConvPrograms } from './cases/fused-conv.ts';
import { fusedMatmulPrograms } from './cases/fused-matmul.ts';
import { lossPrograms } from './cases/losses.ts';
import { matmulPrograms } from './cases/matmul.ts';
import { movementPrograms } from './cases/movement.ts';
import { normalisationPrograms } from './cases/normalisation.ts';
import { optimizerPrograms } from './cases/optimizer.ts';
import { pointwisePrograms } from './cases/pointwise.ts';
import { poolPrograms } from './cases/pool.ts';
import { reducePrograms } from './cases/reduce.ts';
import { elementLossPrograms } from './cases/element-losses.ts';
import { interpolationPrograms } from './cases/interpolation.ts';
import { orderPrograms } from './cases/order.ts';
import { regionPrograms } from './cases/regions.ts';
import { rearrangementPrograms } from './cases/rearrangement.ts';
import { rowNormPrograms } from './cases/row-norms.ts';
import { specialNetworkPrograms } from './cases/special-networks.ts';
import { specialValuePrograms } from './cases/special-values.ts';
import { summaryPrograms } from './cases/summaries.ts';
import type { Program } from './program.ts';

/** Every computation that devices are compared in, with `reference` as the specification. */
export const programs: readonly Program[] = [
  ...elementPrograms,
  ...float16Programs,
  ...pointwisePrograms,
  ...reducePrograms,
  ...movementPrograms,
  ...matmulPrograms,
  ...convPrograms,
  ...convTransposePrograms,
  ...fusedConvPrograms,
  ...fusedMatmulPrograms,
  ...poolPrograms,
  ...normalisationPrograms,
  ...batchNormResidualPrograms,
  ...lossPrograms,
  ...elementLossPrograms,
  ...interpolationPrograms,
  ...orderPrograms,
  ...regionPrograms,
  ...rearrangementPrograms,
  ...rowNormPrograms,
  ...compositionPrograms,
  ...summaryPrograms,
  ...optimizerPrograms,
  ...specialValuePrograms,
  ...specialNetworkPrograms,
];
