/** The `crm` tool server: customers, notes, tickets and who has access, of the demonstration company. */
import { serveCompany } from '../company/serve.ts';
import { addAccessTools } from './access.ts';
import { addCustomerTools } from './customers.ts';
import { addTicketTools } from './tickets.ts';

serveCompany(
  'crm',
  'Customers, notes and support tickets. Find a customer by name first, then use the id.',
  (add) => {
    addCustomerTools(add);
    addTicketTools(add);
    addAccessTools(add);
  },
);
