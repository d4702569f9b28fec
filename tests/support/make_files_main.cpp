// devicebatch-make-files: the input of the demo, the benchmark and the crash sweep.
#include "support/device_files.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

namespace {

namespace support = devicebatch::support;

struct Arguments {
  std::string kind;
  std::uint64_t rows = 1;
  std::uint64_t start = 1;
  std::string group_tag = "contoso-line-1";
  std::filesystem::path out;
};

void write(const std::filesystem::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

// One file for each row, in the folder `out`.
void write_singles(const Arguments& arguments) {
  std::filesystem::create_directories(arguments.out);
  for (std::uint64_t at = arguments.start; at < arguments.start + arguments.rows; ++at) {
    write(arguments.out / ("device-" + std::to_string(at) + ".csv"), support::single_file(at));
  }
}

void run(const Arguments& arguments) {
  if (arguments.kind == "autopilot") {
    write(arguments.out, support::autopilot_file(arguments.start, arguments.rows));
  } else if (arguments.kind == "partner") {
    write(arguments.out,
          support::partner_file(arguments.start, arguments.rows, arguments.group_tag));
  } else if (arguments.kind == "bad") {
    write(arguments.out, support::bad_file(arguments.start).content);
  } else if (arguments.kind == "single") {
    write_singles(arguments);
  } else {
    const bool is_json = arguments.kind == "bulk-json";
    support::write_bulk_file(arguments.out, arguments.start, arguments.rows,
                             is_json ? support::BulkForm::json_lines : support::BulkForm::csv);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes synthetic device files. The same numbers give the same devices.");
  Arguments arguments;
  app.add_option("--kind", arguments.kind, "What to write; single writes one file for each row")
      ->required()
      ->check(CLI::IsMember({"autopilot", "partner", "bad", "single", "bulk", "bulk-json"}));
  app.add_option("--rows", arguments.rows, "Number of devices (bad: always the same few rows)");
  app.add_option("--start", arguments.start, "Number of the first device");
  app.add_option("--group-tag", arguments.group_tag, "Group tag of the partner file");
  app.add_option("--out", arguments.out, "File to write; a folder for single")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    run(arguments);
  } catch (const std::exception& problem) {
    std::cerr << "devicebatch-make-files: " << problem.what() << '\n';
    return 1;
  }
  return 0;
}
