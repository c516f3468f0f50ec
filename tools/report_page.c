#include "tools/report_page.h"

#include "tools/base64.h"
#include "tools/html_page.h"
#include "tools/report_picture.h"

#include <stdarg.h>
#include <string.h>

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

static const char *name_of(const pinna_sound_report *report)
{
    const char *slash = strrchr(report->path, '/');

    return slash ? slash + 1 : report->path;
}

void pinna_report_page_begin(FILE *file)
{
    pinna_html_begin(file, "Recordings");
}

void pinna_report_page_end(FILE *file)
{
    fprintf(file, "<script>\nconst left = %.6f, width = %.6f;\n%s</script>\n",
            (double)PINNA_REPORT_PANEL_LEFT / PINNA_REPORT_WIDTH,
            (double)PINNA_REPORT_PANEL_WIDTH / PINNA_REPORT_WIDTH, script);
    pinna_html_end(file);
}

static pinna_status write_picture(FILE *file, const pinna_sound_report *report,
                                  pinna_error *error)
{
    const pinna_segments *segments = &report->segments;

    fprintf(file,
            "<div class=\"picture\">\n<img width=\"%zu\" height=\"%zu\" "
            "alt=\"Waveform, spectrogram, log-mel features and speech of ",
            report->picture.width, report->picture.height);
    pinna_html_text(file, name_of(report));
    fprintf(file,
            " over %.2f seconds; speech in %zu segment%s, %.2f seconds "
            "together\" src=\"",
            report->duration_s, segments->n_items,
            segments->n_items == 1 ? "" : "s",
            pinna_segments_speech_s(segments));
    const pinna_status status = pinna_html_picture(file, &report->picture);
    fputs("\">\n<div class=\"now\"></div>\n</div>\n", file);
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
    pinna_html_text(file, name_of(report));
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
    pinna_html_text(file, value);
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
    pinna_html_text(file, report->path);
    fputs("</h2>\n", file);
    pinna_status status = write_picture(file, report, error);
    if (!status)
        status = write_sound(file, report, error);
    write_figures(file, report);
    write_segments(file, &report->segments);
    fputs("</section>\n", file);
    return status;
}
