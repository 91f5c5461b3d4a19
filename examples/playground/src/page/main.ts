/** The page: puts its parts together. */
import { App } from './app.ts';

void new App().open();
