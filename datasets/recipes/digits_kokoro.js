// Speaks digits in voices that nobody has: digits_kokoro.js KOKORO DIR N [SEED]
//
// KOKORO holds the Kokoro-82M speech synthesiser, version 1.0, in ONNX form
// (hexgrad, Apache-2.0): kokoro-quantized.onnx, tokenizer.json and
// voices/*.bin. Needs Node.js and its package onnxruntime-node.
//
// Every one of the N speakers has a timbre and a way of speaking mixed from
// those of two voices each, a speed, and an accent: American, British, or that
// of somebody who learnt English late. Each says all ten digits in two strings
// of five and three more on their own. Leaves DIR/*.wav and DIR/kokoro.jsonl.
'use strict';
const fs = require('fs');
const path = require('path');
const ort = require('onnxruntime-node');

const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven',
    'eight', 'nine'];

// Phonemes of the ten words. A, I, O, Q stand for the diphthongs of "eight",
// "five", and of "zero" in America and in Britain.
const AMERICAN = [['zˈɪɹO', 'zˈiɹO'], ['wˈʌn'], ['tˈu'], ['θɹˈi'],
    ['fˈɔɹ', 'fˈoɹ'], ['fˈIv'], ['sˈɪks'], ['sˈɛvᵊn', 'sˈɛvən'], ['ˈAt'],
    ['nˈIn']];
const BRITISH = [['zˈɪəɹQ', 'zˈiːɹQ'], ['wˈʌn', 'wˈɒn'], ['tˈuː'], ['θɹˈiː'],
    ['fˈɔː'], ['fˈIv'], ['sˈɪks'], ['sˈɛvᵊn'], ['ˈAt'], ['nˈIn']];
const LEARNT = [
    ['zˈeɹo', 'zˈiɹo', 'zˈɛɾo', 'sˈiɹo', 'zˈiʁo', 'tsˈiɹO', 'zˈɪəɹo'],
    ['wˈan', 'vˈan', 'wˈɑn', 'ʋˈʌn', 'wˈɔn', 'wˈʌn'],
    ['tˈuː', 'tʰˈu', 'tˈʊ', 'ʈˈuː'],
    ['sɹˈiː', 'θʁˈiː', 'tɹˈiː', 'θɾˈi', 'sʁˈi', 'tɾˈi', 'fɹˈiː'],
    ['fˈoːɐ', 'fˈoɾ', 'fˈɔʁ', 'fˈoː', 'fˈɔɾ'],
    ['fˈaɪf', 'fˈIf', 'fˈaɪv', 'fˈaiv'],
    ['sˈiks', 'zˈɪks', 'sˈɪks'],
    ['sˈɛvɛn', 'zˈɛvən', 'sˈɛfən', 'sˈevən', 'sˈɛwən'],
    ['ˈeːt', 'ˈɛɪt', 'ˈet', 'ˈeɪʈ', 'ˈAt'],
    ['nˈaɪn', 'nˈain', 'nˈaɪnə', 'nˈIn'],
];

// Mulberry32: a small seeded generator.
let state = 1;
function uniform() {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const between = (low, high) => low + (high - low) * uniform();
const one = (list) => list[Math.floor(uniform() * list.length)];
function shuffled(list) {
    const out = list.slice();
    for (let i = out.length - 1; i > 0; i--) {
        const k = Math.floor(uniform() * (i + 1));
        [out[i], out[k]] = [out[k], out[i]];
    }
    return out;
}

function writeWav(file, samples, rate) {
    const bytes = Buffer.alloc(44 + 2 * samples.length);
    bytes.write('RIFF', 0);
    bytes.writeUInt32LE(36 + 2 * samples.length, 4);
    bytes.write('WAVEfmt ', 8);
    bytes.writeUInt32LE(16, 16);
    bytes.writeUInt16LE(1, 20);
    bytes.writeUInt16LE(1, 22);
    bytes.writeUInt32LE(rate, 24);
    bytes.writeUInt32LE(2 * rate, 28);
    bytes.writeUInt16LE(2, 32);
    bytes.writeUInt16LE(16, 34);
    bytes.write('data', 36);
    bytes.writeUInt32LE(2 * samples.length, 40);
    for (let i = 0; i < samples.length; i++) {
        const x = Math.max(-1, Math.min(1, samples[i]));
        bytes.writeInt16LE(Math.round(x * 32767), 44 + 2 * i);
    }
    fs.writeFileSync(file, bytes);
}

// What lies more than 45 dB below the peak at both ends, but for 60 ms.
function trimmed(samples, rate) {
    const peak = samples.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
    const floor = peak * 10 ** (-45 / 20);
    let begin = 0, end = samples.length;
    while (begin < end && Math.abs(samples[begin]) < floor) begin++;
    while (end > begin && Math.abs(samples[end - 1]) < floor) end--;
    const keep = Math.round(0.06 * rate);
    return samples.subarray(Math.max(0, begin - keep),
        Math.min(samples.length, end + keep));
}

// A style has one half for the timbre and one for the way of speaking, in rows
// that depend on the length of the text.
const HALF = 128;
function style(speaker, nPhonemes) {
    const row = new Float32Array(2 * HALF);
    const at = 2 * HALF * nPhonemes;
    for (const [mix, first] of [[speaker.timbre, 0], [speaker.manner, HALF]])
        for (let i = first; i < first + HALF; i++)
            row[i] = mix.share * mix.a[at + i] + (1 - mix.share) * mix.b[at + i];
    return row;
}

async function main() {
    const [kokoro, folder, count, seed] = process.argv.slice(2);
    if (!count)
        throw new Error('usage: digits_kokoro.js KOKORO DIR N [SEED]');
    state = Number(seed || 1);
    fs.mkdirSync(folder, { recursive: true });
    const vocabulary = JSON.parse(
        fs.readFileSync(path.join(kokoro, 'tokenizer.json'))).model.vocab;
    const voices = fs.readdirSync(path.join(kokoro, 'voices')).sort()
        .filter((name) => name.endsWith('.bin'))
        .map((name) => {
            const bytes = fs.readFileSync(path.join(kokoro, 'voices', name));
            return new Float32Array(bytes.buffer, bytes.byteOffset,
                bytes.length / 4);
        });
    const session = await ort.InferenceSession.create(
        path.join(kokoro, 'kokoro-quantized.onnx'), { intraOpNumThreads: 1 });
    const rate = 24000;
    const lines = [];

    async function speak(speaker, digits, name) {
        const gap = digits.length > 1 ? one([' ', ' ', ', ', '. ']) : '';
        const phonemes = digits.map((d) => one(speaker.accent[d])).join(gap) +
            (uniform() < 0.5 ? '.' : '');
        const ids = [...phonemes].map((c) => vocabulary[c])
            .filter((id) => id !== undefined);
        const { waveform } = await session.run({
            input_ids: new ort.Tensor('int64',
                BigInt64Array.from([0, ...ids, 0].map(BigInt)),
                [1, ids.length + 2]),
            style: new ort.Tensor('float32', style(speaker, ids.length),
                [1, 2 * HALF]),
            speed: new ort.Tensor('float32', [speaker.speed], [1]),
        });
        writeWav(path.join(folder, name), trimmed(waveform.data, rate), rate);
        lines.push(JSON.stringify({
            audio_filepath: name, text: digits.map((d) => WORDS[d]).join(' '),
            speaker: speaker.name,
        }));
    }

    for (let s = 0; s < Number(count); s++) {
        const mix = (most) =>
            ({ a: one(voices), b: one(voices), share: between(0, most) });
        const kind = uniform();
        const speaker = {
            name: `kokoro-${seed || 1}-${s}`,
            timbre: mix(1),
            manner: mix(1),
            speed: between(0.8, 1.35),
            accent: kind < 0.5 ? AMERICAN : kind < 0.7 ? BRITISH : LEARNT,
        };
        const order = shuffled([...WORDS.keys()]);
        const stem = `${speaker.name}-`;
        await speak(speaker, order.slice(0, 5), stem + 'a.wav');
        await speak(speaker, order.slice(5), stem + 'b.wav');
        for (const d of shuffled(order).slice(0, 3))
            await speak(speaker, [d], stem + WORDS[d] + '.wav');
        fs.writeFileSync(path.join(folder, 'kokoro.jsonl'),
            lines.join('\n') + '\n');
    }
    console.log(`${lines.length} recordings in ${folder}`);
}

main().catch((error) => {
    console.error(`digits_kokoro: ${error.message}`);
    process.exit(1);
});
