/** The `crm` tool server: customers, notes and tickets of the demonstration company. */
import { serveCompany } from '../company/serve.ts';
import { addCustomerTools } from './customers.ts';
import { addTicketTools } from './tickets.ts';

serveCompany(
  'crm',
  'Customers, notes and support tickets. Find a customer by name first, then use the id.',
  (add) => {
    addCustomerTools(add);
    addTicketTools(add);
  },
);
