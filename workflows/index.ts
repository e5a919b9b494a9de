/** The workflows that ship, in the order in which help lists them. */
import type { Workflow } from '../src/workflow-kit.ts';
import accessRequest from './access-request.ts';
import approvalHealth from './approval-health.ts';
import approvalRequest from './approval-request.ts';
import assistant from './assistant.ts';
import changeRequest from './change-request.ts';
import customerReply from './customer-reply.ts';
import dailyDigest from './daily-digest.ts';
import dataQuestion from './data-question.ts';
import incident from './incident.ts';
import invoiceChase from './invoice-chase.ts';
import onboarding from './onboarding.ts';
import refund from './refund.ts';

export const workflows: readonly Workflow[] = [
  assistant,
  refund,
  customerReply,
  accessRequest,
  changeRequest,
  incident,
  dataQuestion,
  invoiceChase,
  onboarding,
  dailyDigest,
  approvalHealth,
  approvalRequest,
];
