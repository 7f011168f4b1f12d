// Run exported ONNX files with onnxruntime and compare them with what the program itself wrote:
// node run_onnx.mjs RUN..., where each RUN holds onnx/, pictures.npy, codes.npy and pictures_out.npy.
// Prints the largest differences. Exit code 1: one is above 1e-5 of the largest value, or of 1.
import { readFileSync } from 'node:fs';
import ort from 'onnxruntime-node';

const TOLERANCE = 1e-5;

// float32 in C order, as numpy.save and the program write it
function readNpy(path) {
  const bytes = readFileSync(path);
  const version = bytes[6];
  const begin = version === 1 ? 10 : 12;
  const length = version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  const header = bytes.subarray(begin, begin + length).toString('latin1');
  if (!header.includes("'<f4'") || !header.includes("'fortran_order': False")) throw new Error(`${path}: ${header}`);
  const dims = header.match(/'shape': \(([^)]*)\)/)[1].split(',').filter((word) => word.trim()).map(Number);
  const data = bytes.buffer.slice(bytes.byteOffset + begin + length, bytes.byteOffset + bytes.length);
  return new ort.Tensor('float32', new Float32Array(data), dims);
}

// The largest difference, in units of the largest value or of 1.
function difference(got, expected, what) {
  if (`${got.dims}` !== `${expected.dims}`) throw new Error(`${what}: expected shape ${expected.dims}, got ${got.dims}`);
  let largest = 1;
  let apart = 0;
  expected.data.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value));
    const one = Math.abs(got.data[i] - value);
    apart = one <= apart ? apart : one; // a NaN counts
  });
  return apart / largest;
}

// How many rows of the last dimensions differ: of codes from a codebook.
function differentSamples(got, expected) {
  const n = expected.dims[0];
  const row = expected.data.length / n;
  let different = 0;
  for (let i = 0; i < n; i++) {
    const differs = (at) => Math.abs(got.data[at] - expected.data[at]) > TOLERANCE;
    different += Array.from({ length: row }, (_, j) => i * row + j).some(differs);
  }
  return different;
}

// The first n samples.
function head(tensor, n) {
  const row = tensor.data.length / tensor.dims[0];
  return new ort.Tensor('float32', tensor.data.slice(0, n * row), [n, ...tensor.dims.slice(1)]);
}

let failed = false;
function check(fine, words) {
  console.log(`${fine ? 'ok    ' : 'WRONG '} ${words}`);
  failed ||= !fine;
}

for (const run of process.argv.slice(2)) {
  const [pictures, codes, expected] = ['pictures', 'codes', 'pictures_out'].map((name) => readNpy(`${run}/${name}.npy`));
  const encoder = await ort.InferenceSession.create(`${run}/onnx/encoder.onnx`);
  const decoder = await ort.InferenceSession.create(`${run}/onnx/decoder.onnx`);
  const encoded = await encoder.run({ pictures });
  if (encoded.indices) {
    // two codes may be equally near, up to rounding
    const different = differentSamples(encoded.code, codes);
    check(different <= 1, `${run}: ${different} of ${codes.dims[0]} pictures have other codes`);
  } else {
    const apart = difference(encoded.code, codes, 'code');
    check(apart <= TOLERANCE, `${run}: codes are ${apart.toExponential(1)} apart`);
  }
  if (encoded.logvar) check(`${encoded.logvar.dims}` === `${codes.dims}`, `${run}: logvar (${encoded.logvar.dims})`);
  const decoded = await decoder.run({ code: codes });
  const apart = difference(decoded.pictures, expected, 'pictures');
  check(apart <= TOLERANCE, `${run}: pictures are ${apart.toExponential(1)} apart`);
  const one = await decoder.run({ code: head(codes, 1) });
  const alone = difference(one.pictures, head(expected, 1), 'one picture');
  check(alone <= TOLERANCE, `${run}: a batch of one is ${alone.toExponential(1)} apart`);
}
process.exit(failed ? 1 : 0);
