// Runs an exported model in ONNX Runtime (npm: onnxruntime-web, its WebAssembly build) and compares with gan-train generate --raw.
// node check_onnx.mjs MODEL.onnx LATENTS.safetensors RAW.safetensors; the package must lie in ./node_modules.
import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-web";

function load(path, name) {
  const bytes = readFileSync(path), length = Number(bytes.readBigUInt64LE(0));
  const { shape, data_offsets: [from, to] } = JSON.parse(bytes.toString("utf8", 8, 8 + length))[name];
  const data = new Uint8Array(bytes.subarray(8 + length + from, 8 + length + to));
  return { shape, data: new Float32Array(data.buffer) };
}

const [model, latents, raw] = process.argv.slice(2);
const z = load(latents, "latents"), expected = load(raw, "output");
const session = await ort.InferenceSession.create(readFileSync(model), { executionProviders: ["wasm"] });
const tail = expected.shape.length === 4 ? [z.shape[1], 1, 1] : [z.shape[1]];
const per = expected.data.length / expected.shape[0];
let worst = 0;
for (const [first, last] of [[0, z.shape[0]], [0, 1], [1, z.shape[0]]]) { // several batch sizes
  const input = new ort.Tensor("float32", z.data.slice(first * z.shape[1], last * z.shape[1]), [last - first, ...tail]);
  const { images } = await session.run({ latents: input });
  if (String(images.dims) !== String([last - first, ...expected.shape.slice(1)])) throw new Error(`shape ${images.dims}`);
  images.data.forEach((v, i) => { worst = Math.max(worst, Math.abs(v - expected.data[first * per + i])); });
}
console.log(`onnxruntime-web ${ort.env.versions.common}: largest difference ${worst.toExponential(2)} of [${expected.shape}]`);
process.exit(worst > 1e-5 ? 1 : 0);
