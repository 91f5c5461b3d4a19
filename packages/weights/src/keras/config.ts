import type { LayerConfig } from './variables.ts';

/** Nesting of a configuration; models within models have some tens. */
const deepest = 200;

/**
 * The layers that the configuration of a model names, those of models within it too. What is not of the form that Keras
 * writes is passed over: variables are read without.
 */
export function layerConfigs(text: string): ReadonlyMap<string, LayerConfig> {
  const configs = new Map<string, LayerConfig>();
  const walk = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > deepest) return;
    const { class_name: className, config } = value as {
      readonly class_name?: unknown;
      readonly config?: Readonly<Record<string, unknown>> | null;
    };
    const name = config?.['name'];
    if (typeof className === 'string' && typeof name === 'string') {
      configs.set(name, {
        className,
        scale: config?.['scale'] !== false,
        center: config?.['center'] !== false,
      });
    }
    for (const inner of Object.values(value)) walk(inner, depth + 1);
  };
  try {
    walk(JSON.parse(text), 0);
  } catch {
    return new Map();
  }
  return configs;
}
