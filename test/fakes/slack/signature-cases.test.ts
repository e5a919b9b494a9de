import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { sendSignatureCase, signatureCases } from './signature-cases.ts';
import { signatureOf } from './signed-requests.ts';

const secret = 'signing-secret';
const now = new Date('2026-11-22T09:00:00.000Z');

/** The rule, written out plainly: what a correct receiver answers. */
function isGenuine(request: IncomingMessage, body: string): boolean {
  const all = (name: string): string[] =>
    request.rawHeaders.filter(
      (_, index) => index % 2 === 1 && request.rawHeaders[index - 1]?.toLowerCase() === name,
    );
  const [timestamp, ...moreTimestamps] = all('x-slack-request-timestamp');
  const [signature, ...moreSignatures] = all('x-slack-signature');
  if (timestamp === undefined || signature === undefined) return false;
  if (moreTimestamps.length + moreSignatures.length > 0 || !/^\d{10}$/u.test(timestamp)) return false;
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > 300) return false;
  return signature === signatureOf(secret, timestamp, body);
}

describe('given every signature case', () => {
  it('when a correct receiver judges them, then no forgery passes and nothing genuine is refused', async () => {
    const seen = new Set<string>();
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const isNew = !seen.has(body);
        seen.add(body);
        response.writeHead(isGenuine(request, body) ? (isNew ? 200 : 409) : 401).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    const url = `http://127.0.0.1:${String(address.port)}/`;
    const cases = signatureCases({
      secret,
      now,
      body: (index) => JSON.stringify({ event_id: `Ev${String(index)}` }),
    });

    const verdicts: Record<string, number[]> = {};
    for (const one of cases) {
      const answers = [await sendSignatureCase(url, one)];
      if (one.expected === 'once') answers.push(await sendSignatureCase(url, one));
      verdicts[one.name] = answers;
    }
    server.close();

    const right = { accepted: [200], refused: [401], once: [200, 409] };
    expect(verdicts).toEqual(Object.fromEntries(cases.map((one) => [one.name, right[one.expected]])));
    expect(cases.length).toBeGreaterThanOrEqual(23);
    expect(new Set(cases.map((one) => one.name)).size).toBe(cases.length);
  });
});
