export { featureMaps, filters } from './attribution/feature-maps.ts';
export { gradCam, type GradCamOptions } from './attribution/grad-cam.ts';
export {
  inputGradient,
  integratedGradients,
  saliency,
  smoothGrad,
  type IntegratedGradientsOptions,
  type SaliencyOptions,
  type SmoothGradOptions,
} from './attribution/gradients.ts';
export type { Target } from './attribution/score.ts';
export { NonFiniteError } from './errors.ts';
