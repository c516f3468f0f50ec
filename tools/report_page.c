#include "tools/report_page.h"

#include "tools/base64.h"
#include "tools/png_file.h"
#include "tools/report_picture.h"
#include "datasets/utf8.h"

#include <stdarg.h>
#include <string.h>

/* The pictures have a white ground of their own. */
static const char style[] =
    ":root { color-scheme: light dark; }\n"
    "body { font: 16px/1.5 system-ui, sans-serif; max-width: 1180px;\n"
    "  margin: 0 auto; padding: 0 1rem 2rem; }\n"
    "h2 { overflow-wrap: anywhere; margin-top: 2.5rem; }\n"
    ".picture { position: relative; }\n"
    ".picture img { display: block; width: 100%; height: auto; }\n"
    ".now { position: absolute; top: 0; bottom: 0; width: 2px;\n"
    "  background: #d03030; display: none; pointer-events: none; }\n"
    "audio { display: block; width: 100%; margin: .75rem 0; }\n"
    "table { border-collapse: collapse; margin: .75rem 0; }\n"
    "caption { text-align: left; font-weight: 600; }\n"
    "th, td { text-align: left; padding: .1rem 1.5rem .1rem 0;\n"
    "  font-variant-numeric: tabular-nums; vertical-align: top; }\n"
    "th { font-weight: 400; opacity: .75; }\n"
    "summary { cursor: pointer; }\n";

/* The line that runs with the sound, and a click that moves it. Without a
 * script the page loses only these. */
static const char script[] =
    "for (const section of document.querySelectorAll('section')) {\n"
    "  const sound = section.querySelector('audio');\n"
    "  const picture = section.querySelector('.picture');\n"
    "  const now = section.querySelector('.now');\n"
    "  const length = Number(section.dataset.seconds);\n"
    "  if (!sound) continue;\n"
    "  const show = () => {\n"
    "    now.style.display = 'block';\n"
    "    now.style.left =\n"
    "      100 * (left + width * sound.currentTime / length) + '%';\n"
    "  };\n"
    "  sound.addEventListener('timeupdate', show);\n"
    "  sound.addEventListener('seeking', show);\n"
    "  picture.addEventListener('click', (event) => {\n"
    "    const box = picture.getBoundingClientRect();\n"
    "    const at = ((event.clientX - box.left) / box.width - left) / width;\n"
    "    sound.currentTime =\n"
    "      Math.min(Math.max(at * length, 0), sound.duration || 0);\n"
    "  });\n"
    "}\n";

/* As text or as the value of an attribute. */
static void write_text(FILE *file, const char *text)
{
    for (size_t n; *text; text += n ? n : 1) {
        n = pinna_utf8_length(text);
        if (n == 0 || (n == 1 && (unsigned char)*text < 0x20))
            fputs("\xef\xbf\xbd", file); /* U+FFFD */
        else if (*text == '&')
            fputs("&amp;", file);
        else if (*text == '<')
            fputs("&lt;", file);
        else if (*text == '>')
            fputs("&gt;", file);
        else if (*text == '"')
            fputs("&quot;", file);
        else
            fwrite(text, 1, n, file);
    }
}

static const char *name_of(const pinna_sound_report *report)
{
    const char *slash = strrchr(report->path, '/');

    return slash ? slash + 1 : report->path;
}

void pinna_report_page_begin(FILE *file)
{
    fprintf(file,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
            "<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width\">\n"
            "<title>pinna report</title>\n"
            "<style>\n%s</style>\n</head>\n<body>\n<main>\n"
            "<h1>Recordings</h1>\n",
            style);
}

void pinna_report_page_end(FILE *file)
{
    fprintf(file,
            "</main>\n<script>\nconst left = %.6f, width = %.6f;\n%s</script>\n"
            "</body>\n</html>\n",
            (double)PINNA_REPORT_PANEL_LEFT / PINNA_REPORT_WIDTH,
            (double)PINNA_REPORT_PANEL_WIDTH / PINNA_REPORT_WIDTH, script);
}

static pinna_status write_picture(FILE *file, const pinna_sound_report *report,
                                  pinna_error *error)
{
    const pinna_segments *segments = &report->segments;
    FILE *png = tmpfile();

    pinna_status status =
        png ? pinna_png_write_stream(png, &report->picture) : PINNA_IO;
    fprintf(file,
            "<div class=\"picture\">\n<img width=\"%zu\" height=\"%zu\" "
            "alt=\"Waveform, spectrogram, log-mel features and speech of ",
            report->picture.width, report->picture.height);
    write_text(file, name_of(report));
    fprintf(file,
            " over %.2f seconds; speech in %zu segment%s, %.2f seconds "
            "together\" src=\"data:image/png;base64,",
            report->duration_s, segments->n_items,
            segments->n_items == 1 ? "" : "s",
            pinna_segments_speech_s(segments));
    if (!status)
        status = pinna_base64_copy(png, file);
    fputs("\">\n<div class=\"now\"></div>\n</div>\n", file);
    if (png)
        fclose(png);
    return status ? pinna_fail(error, status, "%s: its picture cannot be kept",
                               report->path)
                  : PINNA_OK;
}

static pinna_status write_sound(FILE *file, const pinna_sound_report *report,
                                pinna_error *error)
{
    if (!report->sound)
        return PINNA_OK;
    fputs("<audio controls preload=\"auto\" aria-label=\"Play ", file);
    write_text(file, name_of(report));
    fputs("\" src=\"data:audio/flac;base64,", file);
    const pinna_status status = pinna_base64_copy(report->sound, file);
    fputs("\"></audio>\n", file);
    if (report->sound_s < report->duration_s)
        fprintf(file, "<p>The player has the first %.0f seconds.</p>\n",
                report->sound_s);
    return status ? pinna_fail(error, status, "%s: its sound cannot be kept",
                               report->path)
                  : PINNA_OK;
}

/* A row of the table of figures. */
static void write_row(FILE *file, const char *what, const char *format, ...)
    PINNA_PRINTF(3, 4);

static void write_row(FILE *file, const char *what, const char *format, ...)
{
    char value[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    fprintf(file, "<tr><th scope=\"row\">%s</th><td>", what);
    write_text(file, value);
    fputs("</td></tr>\n", file);
}

static void write_figures(FILE *file, const pinna_sound_report *report)
{
    const double speech_s = pinna_segments_speech_s(&report->segments);

    fputs("<table>\n<caption>Figures</caption>\n", file);
    write_row(file, "Duration", "%.3f s (%zu samples)", report->duration_s,
              report->n_samples);
    write_row(file, "Sample rate", "%u Hz", report->info.sample_rate);
    write_row(file, "Channels", "%zu", report->info.n_channels);
    write_row(file, "Format", "%s", report->info.format);
    write_row(file, "Peak level", "%.1f dB re full scale", report->peak_db);
    write_row(file, "RMS level", "%.1f dB re full scale", report->rms_db);
    write_row(file, "Clipped samples", "%zu", report->n_clipped);
    write_row(file, "Speech", "%.2f s (%.0f %%) in %zu segment%s", speech_s,
              100 * speech_s / report->duration_s, report->segments.n_items,
              report->segments.n_items == 1 ? "" : "s");
    fputs("</table>\n", file);
}

static void write_segments(FILE *file, const pinna_segments *segments)
{
    if (segments->n_items == 0)
        return;
    fputs("<details>\n<summary>Segments of speech</summary>\n<table>\n"
          "<tr><th scope=\"col\">Start (s)</th><th scope=\"col\">End (s)</th>"
          "<th scope=\"col\">Length (s)</th></tr>\n",
          file);
    for (size_t i = 0; i < segments->n_items; i++)
        fprintf(file, "<tr><td>%.3f</td><td>%.3f</td><td>%.3f</td></tr>\n",
                segments->items[i].start, segments->items[i].end,
                segments->items[i].end - segments->items[i].start);
    fputs("</table>\n</details>\n", file);
}

pinna_status pinna_report_page_add(FILE *file, pinna_sound_report *report,
                                   pinna_error *error)
{
    fprintf(file, "<section data-seconds=\"%.6f\">\n<h2>", report->duration_s);
    write_text(file, report->path);
    fputs("</h2>\n", file);
    pinna_status status = write_picture(file, report, error);
    if (!status)
        status = write_sound(file, report, error);
    write_figures(file, report);
    write_segments(file, &report->segments);
    fputs("</section>\n", file);
    return status;
}
