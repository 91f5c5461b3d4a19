import { readFileSync } from 'node:fs';
import starlight from '@astrojs/starlight';
import { defineConfig } from 'astro/config';
import starlightLinksValidator from 'starlight-links-validator';

const sections = JSON.parse(readFileSync(new URL('sections.json', import.meta.url), 'utf8'));

export default defineConfig({
  base: process.env.SITE_BASE,
  integrations: [
    starlight({
      title: 'convnet',
      description: 'Convolutional networks for TypeScript, in 1D for signals and in 2D for images.',
      sidebar: sections,
      customCss: ['./src/site.css'],
      pagefind: true,
      // A command is copied, not read by columns: what is cut off at the edge would not be seen.
      expressiveCode: { defaultProps: { overridesByLang: { 'sh,bash': { wrap: true } } } },
      plugins: [
        starlightLinksValidator({
          exclude: ['/files/**', `${process.env.SITE_BASE}files/**`, 'playground/'],
        }),
      ],
    }),
  ],
});
