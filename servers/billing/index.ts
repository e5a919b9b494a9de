/** The `billing` tool server: invoices, payments, refunds and credits of the demonstration company. */
import { serveCompany } from '../company/serve.ts';
import { addInvoiceTools } from './invoices.ts';
import { addRefundTools } from './refunds.ts';
import { addCreditTools } from './credits.ts';

serveCompany(
  'billing',
  'Invoices, payments, refunds and credits. Amounts are decimal numbers in the invoice’s currency.',
  (add) => {
    addInvoiceTools(add);
    addRefundTools(add);
    addCreditTools(add);
  },
);
