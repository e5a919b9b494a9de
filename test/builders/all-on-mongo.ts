/**
 * Loaded before each test file where `TEST_STORE=mongo` says so: its worlds and bots live on MongoDB.
 *
 * Nothing ends it: hooks of this file would run before those of the tests, whose worlds still need their database then.
 */
import { startOnMongo } from './store-lane.ts';

startOnMongo();
