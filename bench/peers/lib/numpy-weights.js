/**
 * A safetensors file as numpy sees it: its header says where each tensor's bytes are. It is read by no code
 * of this project; what comes back are single-precision values by name.
 */
import { execFileSync } from "node:child_process";

const program = `
import json, struct, sys
import numpy
raw = open(sys.argv[1], "rb").read()
(length,) = struct.unpack("<Q", raw[:8])
header = json.loads(raw[8 : 8 + length])
types = {"F32": numpy.dtype("<f4"), "F16": numpy.dtype("<f2")}
tensors = []
for name, entry in header.items():
    if name == "__metadata__":
        continue
    first, end = entry["data_offsets"]
    part = raw[8 + length + first : 8 + length + end]
    values = numpy.frombuffer(part, types[entry["dtype"]]).reshape(entry["shape"])
    tensors.append((name, entry["shape"], values.astype("<f4").tobytes()))
names = json.dumps([[name, shape] for name, shape, _ in tensors]).encode()
sys.stdout.buffer.write(struct.pack("<Q", len(names)) + names)
for _, _, values in tensors:
    sys.stdout.buffer.write(values)
`;

/** The Python that has numpy; undefined where there is none. */
function findPython() {
  return ["python3", "/usr/bin/python3"].find((python) => {
    try {
      execFileSync(python, ["-c", "import numpy"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}

/** `{ shape, data }` of every tensor. */
export function readByNumpy(file) {
  const python = findPython();
  if (python === undefined) throw new Error("no Python with numpy");
  const bytes = execFileSync(python, ["-c", program, file], { maxBuffer: 2 ** 30 });
  const length = Number(bytes.readBigUInt64LE());
  let at = 8 + length;
  return new Map(
    JSON.parse(bytes.toString("utf8", 8, at)).map(([name, shape]) => {
      const size = 4 * shape.reduce((a, b) => a * b, 1);
      const data = new Float32Array(Uint8Array.from(bytes.subarray(at, at + size)).buffer);
      at += size;
      return [name, { shape, data }];
    }),
  );
}
