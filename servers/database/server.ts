import { serveCompany } from '../company/serve.ts';
import { addExecuteTool } from './execute.ts';
import { addPreviewTool } from './preview.ts';
import { addQueryTool } from './query.ts';
import { addSchemaTool } from './tables.ts';

export function serveDatabase(): void {
  serveCompany(
    'database',
    'SQL (SQLite) on the company’s books. Money columns are whole cents. Look at schema first.',
    (add) => {
      addSchemaTool(add);
      addQueryTool(add);
      addExecuteTool(add);
      addPreviewTool(add);
    },
  );
}
