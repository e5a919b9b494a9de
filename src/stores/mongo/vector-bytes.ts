/** Vectors as MongoDB keeps them: packed 32-bit floats, a third of what a list of numbers takes. */
import type { mongo } from 'mongoose';
import type { MongoDatabase } from './database.ts';

const vectorSubtype = 9;

export function packVector({ Binary }: Pick<MongoDatabase, 'Binary'>, values: Float32Array): mongo.Binary {
  return Binary.fromFloat32Array(values);
}

/** Also of rows from before vectors were packed. */
export function unpackVector(vector: mongo.Binary | undefined): Float32Array {
  if (vector === undefined) return new Float32Array();
  return vector.sub_type === vectorSubtype
    ? vector.toFloat32Array()
    : floatsOf(vector.buffer.subarray(0, vector.position));
}

export function floatsOf(bytes: Uint8Array): Float32Array {
  // Copied, because numbers must begin at a place that their size divides.
  return new Float32Array(new Uint8Array(bytes).buffer);
}
