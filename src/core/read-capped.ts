/** The body of an answer over HTTP, up to a size: whoever sends more is not listened to any longer. */

/** Undefined when there is more. */
export async function readCapped(response: Response, mostBytes: number): Promise<Buffer | undefined> {
  const said = Number(response.headers.get('content-length') ?? 0);
  if (said > mostBytes) {
    await response.body?.cancel();
    return undefined;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) return Buffer.concat(chunks);
    // The body of an answer to fetch is made of byte arrays.
    const bytes = part.value as Uint8Array;
    size += bytes.byteLength;
    if (size > mostBytes) {
      await reader?.cancel();
      return undefined;
    }
    chunks.push(bytes);
  }
}
