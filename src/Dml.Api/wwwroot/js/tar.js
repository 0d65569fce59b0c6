// Packs files into a tar archive (POSIX.1-2001, "pax") without reading them: a Blob of headers and of the files
// themselves, which the browser reads when it sends them.

const block = 512;
const text = new TextEncoder();

/** `entries`: { path, file }. */
export function tar(entries) {
  const parts = [];
  for (const { path, file } of entries) {
    const name = text.encode(path);
    if (name.length > 100) append(parts, header(text.encode("pax"), "x", paxPath(name).length), paxPath(name));
    append(parts, header(name.slice(0, 100), "0", file.size), file);
  }
  // Two empty blocks end an archive.
  parts.push(new Uint8Array(2 * block));
  return new Blob(parts, { type: "application/x-tar" });
}

function append(parts, head, body) {
  parts.push(head, body, new Uint8Array((block - ((body.size ?? body.length) % block)) % block));
}

// "30 path=…\n", where the number is the length of the whole record, itself included.
function paxPath(name) {
  const rest = name.length + " path=\n".length;
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return new Uint8Array([...text.encode(`${length} path=`), ...name, 10]);
}

function header(name, type, size) {
  const head = new Uint8Array(block);
  const write = (at, value) => head.set(text.encode(value), at);
  head.set(name, 0);
  write(100, "0000644\0");
  write(108, "0000000\0");
  write(116, "0000000\0");
  write(124, `${size.toString(8).padStart(11, "0")}\0`);
  write(136, "00000000000\0");
  // The sum of all bytes, with the checksum itself as spaces.
  write(148, "        ");
  write(156, type);
  write(257, "ustar\x0000");
  write(148, `${head.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `);
  return head;
}
