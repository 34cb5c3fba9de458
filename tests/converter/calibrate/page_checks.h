// What a test can say of a page without a browser.

#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace qrun::converter::calibrate {

// What is wrong with a page that is to be HTML and XML at once; empty where nothing is: every element closed in its
// turn, attributes quoted and once each, no stray '<' or '&', ids unique, links within the page to ids that exist.
std::string markup_error(const std::string& page);

std::string base64(const std::array<std::uint8_t, 32>& bytes);

struct Color {
  double red, green, blue;  // in [0, 1], as sRGB
};
// The first "name: #rrggbb" in the style sheet.
Color color(const std::string& style, const std::string& name);
// WCAG 2.1's contrast ratio, from 1 to 21.
double contrast(const Color& a, const Color& b);

}  // namespace qrun::converter::calibrate
