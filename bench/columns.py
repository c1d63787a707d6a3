"""The columns of the flat table that the peers serve."""

TEXTS = (
    "id", "plan_id", "area_code", "level", "section_id", "code", "name", "name_en", "action", "kind", "direction",
    "nature", "commitment", "comparator", "unit", "base_unit", "target_text", "baseline_period", "deadline_id",
    "due_on", "due_precision", "deadline_basis", "lead_department", "departments", "created_at", "updated_at",
)  # fmt: skip
NUMBERS = ("position", "value", "upper", "normalized_value", "normalized_upper", "baseline_value", "source_paragraph")
COLUMNS = (*TEXTS, *NUMBERS)
