#include "results/json_documents.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace longhaul {
namespace {

/// Goes through one document's text, which begins with '{', and notes where what is complete ends.
class Scan {
 public:
  Scan(std::string_view text, std::size_t line, std::string_view rows) : text_(text), line_(line), rows_(rows) {
    for (; at_ < text_.size() && !is_whole_; ++at_) step(text_[at_]);
  }

  std::size_t size() const { return at_; }
  bool is_whole() const { return is_whole_; }

  JsonDocument take(std::size_t first) {
    JsonDocument document{nullptr, is_whole_, first, line_, std::move(row_lines_)};
    document.value = nlohmann::json::parse(std::string(text_.substr(0, complete_)) + closers(), nullptr, false);
    if (!document.value.is_discarded()) return document;
    document.value = nullptr;
    document.is_whole = false;
    return document;
  }

 private:
  void step(char letter) {
    if (letter == '\n') {
      ++line_;
      in_string_ = false;  // no string goes on in another line: this one broke off
      return;
    }
    if (in_string_) return step_in_string(letter);
    if (letter == ' ' || letter == '\t' || letter == '\r') return;
    if (expects_row_ && open_ == "{[" && letter != ']') {
      row_lines_.push_back(line_);
      expects_row_ = false;
    }
    if (letter == '"') {
      in_string_ = true;
      string_begin_ = at_ + 1;
    } else if (letter == '{' || letter == '[') {
      open(letter);
    } else if (letter == '}' || letter == ']') {
      close();
    } else if (letter == ',') {
      note_complete(at_);
      expects_row_ = open_ == "{[" && in_rows_;
    }
  }

  void step_in_string(char letter) {
    if (letter == '\\') {
      ++at_;
    } else if (letter == '"') {
      in_string_ = false;
      if (open_ == "{") key_ = text_.substr(string_begin_, at_ - string_begin_);
    }
  }

  void open(char bracket) {
    if (open_ == "{") in_rows_ = expects_row_ = bracket == '[' && key_ == rows_;
    open_ += bracket;
  }

  void close() {
    open_.pop_back();
    is_whole_ = open_.empty();
    note_complete(at_ + 1);
  }

  void note_complete(std::size_t end) {
    complete_ = end;
    complete_depth_ = open_.size();
  }

  /// Of what is open where all before is complete. Nothing was closed since.
  std::string closers() const {
    std::string closers;
    for (std::size_t depth = complete_depth_; depth > 0; --depth) closers += open_[depth - 1] == '{' ? '}' : ']';
    return closers;
  }

  std::string_view text_;
  std::size_t at_ = 0, line_;
  std::string_view rows_, key_;
  std::string open_;  ///< brackets that are open
  bool in_string_ = false, in_rows_ = false, expects_row_ = false, is_whole_ = false;
  std::size_t string_begin_ = 0;
  std::size_t complete_ = 0;  ///< to here all is complete, but for what is open
  std::size_t complete_depth_ = 0;
  std::vector<std::size_t> row_lines_;
};

}  // namespace

JsonDocuments json_documents(std::string_view text, std::string_view rows) {
  JsonDocuments found;
  std::size_t line = 1;
  while (!text.empty()) {
    const char letter = text.front();
    if (letter == '{') {
      Scan scan(text, line, rows);
      if (const auto next = text.find("\n{"); !scan.is_whole() && next != std::string_view::npos)
        scan = Scan(text.substr(0, next), line, rows);
      found.documents.push_back(scan.take(line));
      line = found.documents.back().last;
      text.remove_prefix(std::min(scan.size(), text.size()));
      continue;
    }
    if (letter == '\n') ++line;
    const bool is_blank = letter == '\n' || letter == ' ' || letter == '\t' || letter == '\r';
    if (!is_blank) found.strays.push_back(line);
    text.remove_prefix(is_blank ? 1 : std::min(text.find('\n'), text.size()));
  }
  return found;
}

}  // namespace longhaul
