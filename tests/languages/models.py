"""Makes pydantic models of the value schemas, and prints the names of the examples that they refuse."""

import importlib
import json
import sys
from pathlib import Path

from datamodel_code_generator import DataModelType, InputFileType, generate
from datamodel_code_generator.format import Formatter
from pydantic import ValidationError

sys.path.insert(0, "python")
Path("python").mkdir(exist_ok=True)
work = json.loads(Path("work.json").read_text("utf-8"))


def model_of(schema):
    """The model class that is generated of a schema."""
    module = schema["title"].lower()
    generate(
        json.dumps(schema["schema"]),
        input_file_type=InputFileType.JsonSchema,
        output=Path("python", f"{module}.py"),
        output_model_type=DataModelType.PydanticV2BaseModel,
        formatters=[Formatter.BUILTIN],
    )
    return getattr(importlib.import_module(module), schema["title"])


def accepts(model, text):
    """Whether the model reads the text as it stands: a string is no number."""
    try:
        model.model_validate_json(text, strict=True)
    except ValidationError:
        return False
    return True


models = {it["topic"]: model_of(it) for it in work["schemas"] if it["part"] == "value"}
values = [it for it in work["cases"] if it["part"] == "value"]
print(json.dumps([it["name"] for it in values if not accepts(models[it["topic"]], it["text"])]))
