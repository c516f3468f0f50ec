#!/bin/sh
# tests/report_page.sh PINNA -- the pages of pinna report and pinna denoise in a
# browser: pictures shown, sounds ready to play, nothing on the console. Exit code 77: no browser.
set -eu
. "$(dirname -- "$0")/sh_support.sh"

browser=$(command -v chromium || true)
if [ -z "$browser" ]; then
    echo "skipped: Debian's chromium is not installed"
    exit 77
fi

{ wav_header 1 2 44100 16 352800 && head -c 352800 /dev/urandom; } \
    >'a & "b" <c>.wav'
what="report"
run report -q "$sounds/digits.flac" 'a & "b" <c>.wav' -o page.html
expect 0 0

# A copy that tells what it shows when everything has had time to load.
cat >probe.txt <<'END'
<script>
const problems = [];
window.addEventListener("error", (event) => problems.push(event.message));
const ready = (sound) => new Promise((done) => {
  if (sound.readyState >= 1 || sound.error) done();
  sound.addEventListener("loadedmetadata", done);
  sound.addEventListener("error", done);
});
window.addEventListener("load", async () => {
  const sounds = [...document.querySelectorAll("audio")];
  await Promise.all(sounds.map(ready));
  const first = document.querySelector(".picture");
  const box = first.getBoundingClientRect();
  first.dispatchEvent(new MouseEvent("click",
    { clientX: box.left + box.width / 2 }));
  sounds[1].dispatchEvent(new Event("play"));
  await new Promise((done) => setTimeout(done, 500));
  const told = document.createElement("pre");
  told.textContent = "\nPROBE pictures " +
    [...document.images].map((i) => i.naturalWidth).join(" ") +
    "\nPROBE sounds " + sounds.map((s) => s.duration.toFixed(2)).join(" ") +
    "\nPROBE headings " +
    [...document.querySelectorAll("h2")].map((h) => h.textContent).join("|") +
    "\nPROBE alts " +
    [...document.images].filter((i) => i.alt.length > 40).length +
    "\nPROBE wide " +
    (document.documentElement.scrollWidth <= window.innerWidth) +
    "\nPROBE sought " + sounds[0].currentTime.toFixed(1) +
    "\nPROBE goes on at " + sounds[1].currentTime.toFixed(1) +
    "\nPROBE line " + document.querySelector(".now").style.left +
    "\nPROBE problems " + problems.join("|") + "\n";
  document.body.append(told);
});
</script>
END

# probe PAGE: what it tells, in out; the console's lines in err
probe() {
    sed '/<body>/r probe.txt' "$1" >probe.html
    timeout 60 "$browser" --headless=new --no-sandbox --disable-gpu \
        --no-first-run --disable-background-networking \
        --user-data-dir="$work/profile" --virtual-time-budget=10000 \
        --enable-logging=stderr --dump-dom "file://$work/probe.html" \
        >dom 2>log || fail "$what: the browser failed"
    grep -a "^PROBE" dom >out || true
    # The console's lines are "...:CONSOLE(12)] ...".
    grep -a CONSOLE log >err || true
    [ ! -s err ] || fail "$what: the console is not empty"
}

what="page"
probe page.html
holds out "^PROBE pictures 1150 1150$"
holds out "^PROBE sounds 7.52 2.00$"
holds out '^PROBE headings .*/digits.flac|a &amp; "b" &lt;c&gt;.wav$'
holds out "^PROBE alts 2$"
holds out "^PROBE wide true$"
holds out "^PROBE sought 3.9$"
holds out "^PROBE line [45][90]\.[90].*%$"
holds out "^PROBE problems $"

# Each section has two players, of which one goes on where the other one was.
what="denoise --report"
run denoise -q "$sounds/digits.flac" -o clean.flac --report clean.html
expect 0 0
probe clean.html
holds out "^PROBE pictures 1150$"
holds out "^PROBE sounds 7.52 7.52$"
holds out "^PROBE headings .*/digits.flac$"
holds out "^PROBE alts 1$"
holds out "^PROBE wide true$"
holds out "^PROBE sought 3.9$"
holds out "^PROBE goes on at 3.9$"
holds out "^PROBE problems $"

finish
