import { describeModelContract } from './model.contract.ts';
import { anthropicSubject, openAiSubject } from './model-subjects.ts';

describeModelContract([anthropicSubject, openAiSubject]);
