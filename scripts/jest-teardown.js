/** After all tests: stops what jest-setup.js started. */
export default async function teardown() {
  await globalThis.countersignMongod?.stop();
}
