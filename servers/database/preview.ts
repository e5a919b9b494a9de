import { z } from 'zod';
import type { AddTool } from '../company/serve.ts';
import { statementInput } from './execute.ts';
import { answerInOwnProcess } from './own-process.ts';
import { previewFlag, previewTimeoutMs } from './process-flags.ts';

const cells = z.record(
  z.string(),
  z.union([z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.null()]))]),
);
const result = z.object({ text: z.string(), before: cells, after: cells });

export function addPreviewTool(add: AddTool): void {
  add({
    name: 'preview_execute',
    description:
      'Shows which rows a writing SQL statement would change, before and after, or why it would be refused. Changes nothing.',
    input: statementInput,
    annotations: { title: 'Preview a change of the database', readOnlyHint: true, openWorldHint: false },
    run: async (_company, { sql }) => {
      const { text, before, after } = await answerInOwnProcess(
        { flag: previewFlag, timeoutMs: previewTimeoutMs, result },
        sql,
      );
      return { text, structured: { before, after } };
    },
  });
}
