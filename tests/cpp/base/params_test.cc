#include "base/params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/expect_error.h"

namespace tenon {
namespace {

using testing::ElementsAre;

enum class Color : int32_t { kRed = 0, kBlue = 4 };

struct Everything {
  bool flag;
  int32_t count;
  int64_t big;
  float rate;
  double scalar;
  Shape kernel;
  DType dtype;
  Color color;
  Optional<int32_t> axis;
  Optional<DType> out_dtype;
  Optional<IntList> axes;
  DoubleList sizes;
  IntList codes;
  OptionalIntList begin;
  Text name;

  static void describe(ParamSchema<Everything>& s) {
    s.field("flag", &Everything::flag, "A flag.").defaultTo(false);
    s.field("count", &Everything::count, "A count.").defaultTo(1).range(0, 1000);
    s.field("big", &Everything::big, "An integer.").defaultTo(-1);
    s.field("rate", &Everything::rate, "A rate.").defaultTo(0.1f).range(0, 1);
    s.field("scalar", &Everything::scalar, "A scalar.").defaultTo(1.0).dynamic();
    s.field("kernel", &Everything::kernel, "Extents.").defaultTo(Shape({1, 1})).atLeast(1);
    s.field("dtype", &Everything::dtype, "A dtype.").defaultTo(DType::kFloat32);
    s.field("color", &Everything::color, "A color.")
        .options({{"red", Color::kRed}, {"blue", Color::kBlue}})
        .defaultTo(Color::kBlue);
    s.field("axis", &Everything::axis, "An axis.");
    s.field("out_dtype", &Everything::out_dtype, "A dtype.").options({{"int8", DType::kInt8}});
    s.field("axes", &Everything::axes, "Axes.");
    s.field("sizes", &Everything::sizes, "Sizes.").defaultTo({});
    s.field("codes", &Everything::codes, "Codes.").defaultTo({});
    s.field("begin", &Everything::begin, "Begins.").defaultTo({});
    s.field("name", &Everything::name, "A name.").defaultTo({});
  }
};

struct Needs {
  Color color;
  static void describe(ParamSchema<Needs>& s) {
    s.field("color", &Needs::color, "A color.")
        .options({{"red", Color::kRed}, {"blue", Color::kBlue}});
  }
};

Everything parse(const AttrMap& attrs) { return parseParams<Everything>("Op", attrs); }

void expectRefused(const std::string& key, const std::string& value, const std::string& expected) {
  expectError(ErrorKind::kInvalidArgument,
              "Op: attribute " + key + " is '" + value + "', expected " + expected, [&] {
                parse({{key, value}});
              });
}

TEST(Params, TakesDefaultsWhereNothingIsGiven) {
  const Everything p = parse({});
  EXPECT_FALSE(p.flag);
  EXPECT_EQ(p.count, 1);
  EXPECT_EQ(p.big, -1);
  EXPECT_FLOAT_EQ(p.rate, 0.1f);
  EXPECT_EQ(p.kernel, Shape({1, 1}));
  EXPECT_EQ(p.dtype, DType::kFloat32);
  EXPECT_EQ(p.color, Color::kBlue);
  EXPECT_FALSE(p.axis.has);
  EXPECT_FALSE(p.axes.has);
  EXPECT_EQ(p.sizes.count, 0);
  EXPECT_EQ(p.name.view(), "");
}

TEST(Params, ReadsBooleansInEverySpelling) {
  for (const char* yes : {"True", "true", "1", " TRUE "})
    EXPECT_TRUE(parse({{"flag", yes}}).flag) << yes;
  for (const char* no : {"False", "false", "0"}) EXPECT_FALSE(parse({{"flag", no}}).flag) << no;
  expectRefused("flag", "yes", "True or False");
}

TEST(Params, ReadsIntegersWithinTheirTypeAndRange) {
  EXPECT_EQ(parse({{"count", " 12L"}}).count, 12);
  EXPECT_EQ(parse({{"big", "-9223372036854775808"}}).big, INT64_MIN);
  expectRefused("big", "9223372036854775808", "an integer");
  expectRefused("count", "4294967297", "an integer of 32 bits from 0 to 1000");
  expectRefused("count", "1001", "an integer of 32 bits from 0 to 1000");
  expectRefused("count", "1.5", "an integer of 32 bits from 0 to 1000");
  expectRefused("count", "", "an integer of 32 bits from 0 to 1000");
}

TEST(Params, ReadsNumbersAndKeepsNanOutOfRanges) {
  EXPECT_FLOAT_EQ(parse({{"rate", "1e-3"}}).rate, 1e-3f);
  EXPECT_FLOAT_EQ(parse({{"rate", "+0.5"}}).rate, 0.5f);
  EXPECT_EQ(parse({{"scalar", "-inf"}}).scalar, -INFINITY);
  EXPECT_TRUE(std::isnan(parse({{"scalar", "nan"}}).scalar));
  EXPECT_EQ(parse({{"rate", "1e-60"}}).rate, 0.0f);
  expectRefused("rate", "nan", "a number from 0 to 1");
  expectRefused("rate", "1e60", "a number from 0 to 1");
  expectRefused("rate", "0.5x", "a number from 0 to 1");
}

TEST(Params, ReadsTuplesInEverySpelling) {
  EXPECT_EQ(parse({{"kernel", "(2, 3)"}}).kernel, Shape({2, 3}));
  EXPECT_EQ(parse({{"kernel", "[2,3]"}}).kernel, Shape({2, 3}));
  EXPECT_EQ(parse({{"kernel", "(2L,)"}}).kernel, Shape({2}));
  EXPECT_EQ(parse({{"kernel", "7"}}).kernel, Shape({7}));
  EXPECT_EQ(parse({{"kernel", "()"}}).kernel, Shape::scalar());
  for (const char* bad :
       {"(2, 3", "(2,,3)", "(2;3)", "(a)", "(0,1)", "", "(1,1,1,1,1,1,1,1,1,1,1,1,1)"}) {
    expectRefused("kernel", bad, "a tuple of integers of at least 1");
  }
}

TEST(Params, ReadsListsThatAreNoShapes) {
  const Everything p = parse({{"sizes", "(0.5, 1e2)"},
                              {"codes", "(-1, 0, -4)"},
                              {"begin", "(None, -2)"},
                              {"axes", "(0, -1)"}});
  EXPECT_EQ(p.sizes.count, 2);
  EXPECT_EQ(p.sizes.values[1], 100.0);
  EXPECT_THAT(std::vector<int64_t>(p.codes.values, p.codes.values + p.codes.count),
              ElementsAre(-1, 0, -4));
  EXPECT_EQ(p.begin.count, 2);
  EXPECT_FALSE(p.begin.values[0].has);
  EXPECT_EQ(p.begin.values[1].value, -2);
  EXPECT_TRUE(p.axes.has);
  EXPECT_EQ(p.axes.value.values[1], -1);
}

TEST(Params, ReadsEnumsDTypesAndNone) {
  EXPECT_EQ(parse({{"color", "red"}}).color, Color::kRed);
  EXPECT_EQ(parse({{"dtype", "float16"}}).dtype, DType::kFloat16);
  EXPECT_EQ(parse({{"dtype", "12"}}).dtype, DType::kBFloat16);
  EXPECT_EQ(parse({{"axis", "-1"}}).axis.value, -1);
  EXPECT_FALSE(parse({{"axis", "None"}}).axis.has);
  EXPECT_EQ(parse({{"out_dtype", "int8"}}).out_dtype.value, DType::kInt8);
  expectRefused("color", "green", "one of red, blue");
  expectRefused("dtype", "float",
                "one of float32, float64, float16, uint8, int32, int8, int64, bool, bfloat16");
  expectRefused("out_dtype", "float32", "one of int8 or None");
  expectRefused("axis", "x", "an integer of 32 bits or None");
}

TEST(Params, RefusesLongTextsAndUnknownKeys) {
  EXPECT_EQ(parse({{"name", "abc"}}).name.view(), "abc");
  expectRefused("name", std::string(256, 'x'), "a text of at most 255 bytes");
  expectError(ErrorKind::kInvalidArgument,
              "Op: attribute colour (with value 'red') is not known, expected one of color", [] {
                parseParams<Needs>("Op", {{"color", "red"}, {"colour", "red"}});
              });
  EXPECT_NO_THROW(parse({{"__lr_mult__", "2"}}));
}

TEST(Params, NamesWhatIsMissing) {
  expectError(ErrorKind::kInvalidArgument,
              "Op: attribute color is missing, expected one of red, blue",
              [] { parseParams<Needs>("Op", {}); });
}

TEST(Params, TellsTheDynamicValuesInOrder) {
  Everything p{};
  std::vector<double> dynamic;
  paramSchema<Everything>().parse("Op", {{"scalar", "2.5"}}, p, &dynamic);
  EXPECT_THAT(dynamic, ElementsAre(2.5));
}

TEST(Params, DescribesItself) {
  const auto infos = paramSchema<Everything>().infos();
  std::vector<std::string> lines;
  for (const ParamInfo& i : infos) lines.push_back(i.name + ":" + i.type + "=" + i.default_text);
  EXPECT_THAT(lines, ElementsAre("flag:boolean=0", "count:int=1", "big:long=-1", "rate:float=0.1",
                                 "scalar:double=1", "kernel:Shape=[1,1]", "dtype:DType=float32",
                                 "color:enum=blue", "axis:int=None", "out_dtype:DType=None",
                                 "axes:Shape=None", "sizes:doubles=[]", "codes:Shape=[]",
                                 "begin:Shape=[]", "name:string="));
  EXPECT_THAT(infos[7].options, ElementsAre("red", "blue"));
  EXPECT_TRUE(infos[4].dynamic);
  EXPECT_TRUE(infos[8].optional);
  EXPECT_TRUE(paramSchema<Needs>().infos()[0].required);
}

}  // namespace
}  // namespace tenon
