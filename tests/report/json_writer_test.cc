#include "report/json_writer.h"

#include <catch2/catch.hpp>

namespace deskfall {

TEST_CASE("blocks stand on lines of their own, flat parts on one") {
  JsonWriter json;
  json.begin_object();
  json.key("b").number(-7);
  json.key("a").begin_list();
  json.begin_object(JsonWriter::Layout::kFlat);
  json.key("x").null();
  json.key("y").text_or_null("");
  json.end_object();
  json.texts({"one", "two"});
  json.end_list();
  json.key("empty").begin_list();
  json.end_list();
  json.end_object();
  CHECK(json.take() ==
        "{\n"
        "  \"b\": -7,\n"
        "  \"a\": [\n"
        "    {\"x\": null, \"y\": null},\n"
        "    [\"one\", \"two\"]\n"
        "  ],\n"
        "  \"empty\": []\n"
        "}\n");
}

TEST_CASE("active characters are escaped, the rest stays readable") {
  JsonWriter json;
  json.text("q\"\\ \x1b \x7f \u0085 \u202e \U000e0041 ü \xff");
  CHECK(json.take() ==
        "\"q\\\"\\\\ \\u001b \\u007f \\u0085 \\u202e \\udb40\\udc41 ü "
        "\ufffd\"\n");
}

}  // namespace deskfall
