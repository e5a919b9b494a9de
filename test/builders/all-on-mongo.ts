/** Loaded before each test file where `TEST_STORE=mongo` says so: its worlds and bots live on MongoDB. */
import { afterAll } from '@jest/globals';
import { startOnMongo } from './store-lane.ts';

const lane = startOnMongo();
afterAll(() => lane.close());
