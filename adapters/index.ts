/** The chat platforms, besides the console, which reads the ledger through the HTTP interface. */
import { discord } from './discord/index.ts';
import { slack } from './slack/index.ts';
import type { AdapterDefinition } from '../src/chat/adapter.ts';

export const adapterDefinitions: readonly AdapterDefinition[] = [slack, discord];
