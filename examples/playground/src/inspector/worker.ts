/** The worker that inspects, so that training is not disturbed. */
import type { Port } from '../rpc/messages.ts';
import { serve } from '../rpc/serve.ts';
import type { InspectorApi } from './api.ts';
import { Inspector } from './inspector.ts';

serve<InspectorApi>(globalThis as unknown as Port, new Inspector());
