#include "tools/html_page.h"

#include "datasets/utf8.h"
#include "tools/base64.h"
#include "tools/png_file.h"

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
