import { Socket } from 'node:net';

type Done = (error?: Error | null) => void;

/** A socket on which everything written in one turn of the event loop leaves by one system call. */
export class GatheringSocket extends Socket {
  #isGathering = false;

  override write(buffer: Uint8Array | string, cb?: Done): boolean;
  override write(text: Uint8Array | string, encoding?: BufferEncoding, cb?: Done): boolean;
  override write(data: Uint8Array | string, encoding?: BufferEncoding | Done, cb?: Done): boolean {
    if (!this.#isGathering) {
      this.#isGathering = true;
      this.cork();
      process.nextTick(() => {
        this.#isGathering = false;
        this.uncork();
      });
    }
    return typeof encoding === 'string' ? super.write(data, encoding, cb) : super.write(data, encoding);
  }
}
