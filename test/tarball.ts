/** Packages as npm's registry has them, made for tests: gzipped tarballs of files in a folder `package`. */
import { gzipSync } from "node:zlib";
import { Header } from "tar";

/** A tarball of the files, by their paths in the package. */
export function packTarball(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const blocks = Object.entries(files).flatMap(([path, bytes]) => {
    const header = Buffer.alloc(512);
    new Header({ path: `package/${path}`, type: "File", size: bytes.length, mode: 0o644 }).encode(
      header,
    );
    return [header, bytes, Buffer.alloc(-bytes.length & 511)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}
