#include "tools/html_page.h"

#include "datasets/utf8.h"
#include "tools/base64.h"
#include "tools/png_file.h"

#include <stdarg.h>

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

static const char players[] =
    "for (const section of document.querySelectorAll('section')) {\n"
    "  const sounds = [...section.querySelectorAll('audio')];\n"
    "  const picture = section.querySelector('.picture');\n"
    "  const now = section.querySelector('.now');\n"
    "  const length = Number(section.dataset.seconds);\n"
    "  let current = sounds[0];\n"
    "  const show = (event) => {\n"
    "    if (event.target !== current) return;\n"
    "    now.style.display = 'block';\n"
    "    now.style.left =\n"
    "      100 * (left + width * current.currentTime / length) + '%';\n"
    "  };\n"
    "  for (const sound of sounds) {\n"
    "    sound.addEventListener('timeupdate', show);\n"
    "    sound.addEventListener('seeking', show);\n"
    "    sound.addEventListener('play', () => {\n"
    "      if (sound === current) return;\n"
    "      current.pause();\n"
    "      sound.currentTime = current.currentTime;\n"
    "      current = sound;\n"
    "    });\n"
    "  }\n"
    "  picture.addEventListener('click', (event) => {\n"
    "    if (!current) return;\n"
    "    const box = picture.getBoundingClientRect();\n"
    "    const at = ((event.clientX - box.left) / box.width - left) / width;\n"
    "    current.currentTime =\n"
    "      Math.min(Math.max(at * length, 0), current.duration || 0);\n"
    "  });\n"
    "}\n";

void pinna_html_begin(FILE *file, const char *heading)
{
    fprintf(file,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
            "<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width\">\n"
            "<title>pinna report</title>\n"
            "<style>\n%s</style>\n</head>\n<body>\n<main>\n"
            "<h1>%s</h1>\n",
            style, heading);
}

void pinna_html_end(FILE *file)
{
    fputs("</main>\n</body>\n</html>\n", file);
}

void pinna_html_text(FILE *file, const char *text)
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

void pinna_html_row(FILE *file, const char *what, const char *format, ...)
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

pinna_status pinna_html_player(FILE *file, const pinna_playable *sound,
                               const char *name, double duration_s)
{
    if (!sound->flac)
        return PINNA_OK;
    fputs("<audio controls preload=\"auto\" aria-label=\"Play ", file);
    pinna_html_text(file, name);
    fputs("\" src=\"data:audio/flac;base64,", file);
    const pinna_status status = pinna_base64_copy(sound->flac, file);
    fputs("\"></audio>\n", file);
    if (sound->duration_s < duration_s)
        fprintf(file, "<p>The player has the first %.0f seconds.</p>\n",
                sound->duration_s);
    return status;
}

void pinna_html_players_end(FILE *file, double left, double width)
{
    fprintf(file, "<script>\nconst left = %.6f, width = %.6f;\n%s</script>\n",
            left, width, players);
}

pinna_status pinna_html_picture(FILE *file, const pinna_picture *picture)
{
    FILE *png = tmpfile();

    fputs("data:image/png;base64,", file);
    pinna_status status = png ? pinna_png_write_stream(png, picture) : PINNA_IO;
    if (!status)
        status = pinna_base64_copy(png, file);
    if (png)
        fclose(png);
    return status;
}
