#!/usr/bin/env python3
"""Cut tests/reference/dsp.safetensors out of ../shared/reference/dsp.

Takes cases on synthetic input (no recordings) and that input, so that a clone
without ../shared checks every kind of number that the folder has for it. They
were computed in double precision with torchaudio 0.13.1, torch 1.13, numpy 1.24
and scipy 1.10; case names, parameters and tolerances are kept.
"""
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2] / "shared" / "reference" / "dsp"
ALL = None  # every case of the file
CASES = {
    "inputs": ["tone16", "noise16", "impulse16", "silence16", "chirp16", "dc16",
               "lsb16"],
    "kaldi_fbank": ["f25", "f26", "f27", "f28", "f30", "f31", "f32", "f33"],
    "kaldi_mfcc": ["m14", "m15", "m16", "m17", "m19", "m20", "m21"],
    "mel_filterbanks": ALL,
    "whisper_logmel": ["whisper_chirp16_80", "whisper_silence16_80"],
    "windows": ALL,
    "fft_dct": ALL,
    "stft": ["stft03", "stft04", "stft05"],
    "filters": ["loudness_tone16"],
}


def read(path):
    """Header and data of one file."""
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + size]), data[8 + size :]


def main():
    header = {"__metadata__": {}}
    chunks = []
    offset = 0
    for name, cases in CASES.items():
        source, data = read(SOURCE / (name + ".safetensors"))
        all_cases = sorted({key.rpartition(".")[0] for key in source} - {""})
        for case in cases or all_cases:
            header["__metadata__"][case] = source["__metadata__"][case]
            for tensor, entry in source.items():
                if tensor.rpartition(".")[0] != case:
                    continue
                begin, end = entry["data_offsets"]
                entry["data_offsets"] = [offset, offset + end - begin]
                header[tensor] = entry
                chunks.append(data[begin:end])
                offset += end - begin

    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)
    with open(HERE / "dsp.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))


if __name__ == "__main__":
    main()
