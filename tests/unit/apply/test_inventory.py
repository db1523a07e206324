from rigprov.apply.inventory import Inventory, build, connection, role_variables
from rigprov.facts.connection import Access
from rigprov.model.host import Privilege
from rigprov.model.plan import Environment, Plan, Source, Step, Value
from rigprov.model.target import Target

WORD = "geheim"
PLAN = Plan(
    host="web",
    tier="starter",
    environment=Environment("vm", True, None, "test"),
    steps=(
        Step("base", "run", "", {"base_needrestart_quiet": Value(True, Source.DEFAULT)}),
        Step("docker", "skip", "no systemd", {"docker_users": Value([], Source.DEFAULT)}),
        Step("swap", "run", "", {"swap_size_mib": Value(2048, Source.PLAN)}),
    ),
    blockers=(),
    warnings=(),
    destructive=(),
    reboot=None,
    benchmark=None,
)


def test_roles_that_run_bring_their_values_and_no_others() -> None:
    assert role_variables(PLAN) == {
        "base_needrestart_quiet": True,
        "swap_size_mib": 2048,
        "rigprov_roles": ["base", "swap"],
    }


def test_values_are_host_variables_and_the_plan_wins() -> None:
    target = Target("web", address="192.0.2.1", variables={"lab_ip": "192.0.2.1", "swap_size_mib": 1, "rigprov_roles": ["all"]})
    made = build({"web": role_variables(PLAN)}, {"web": target}, {"web": {"ansible_host": "192.0.2.1", "ansible_become": True}})
    assert made == Inventory(
        {
            "all": {
                "hosts": {
                    "web": {
                        "lab_ip": "192.0.2.1",
                        "ansible_host": "192.0.2.1",
                        "ansible_become": True,
                        "ansible_python_interpreter": "/usr/bin/python3",
                        "base_needrestart_quiet": True,
                        "swap_size_mib": 2048,
                        "rigprov_roles": ["base", "swap"],
                    }
                }
            }
        },
        {"web": "web"},
    )


def test_the_users_interpreter_stays() -> None:
    target = Target("web", variables={"ansible_python_interpreter": "/opt/py/bin/python3"})
    made = build({"web": {}}, {"web": target}, {"web": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}})
    assert made.data == {"all": {"hosts": {"web": {"ansible_python_interpreter": "/opt/py/bin/python3"}}}}


def test_names_that_ansible_would_misread_get_an_alias() -> None:
    names = ["ops@192.0.2.1:2222", "ops-192.0.2.1-2222", "web[0:5]", "all", "localhost"]
    made = build({name: {} for name in names}, {name: Target(name) for name in names}, {name: {} for name in names})
    assert made.names == {
        "ops-192.0.2.1-2222": "ops@192.0.2.1:2222",
        "ops-192.0.2.1-2222-2": "ops-192.0.2.1-2222",
        "web-0-5-": "web[0:5]",
        "host-all": "all",
        "localhost": "localhost",
    }
    assert made.hosts == tuple(names)


def test_root_needs_no_sudo_and_its_password_stays_out() -> None:
    found = connection(Target("web", address="192.0.2.1", user="root"), Access(become_password=WORD), Privilege("root", "root"))
    assert found["ansible_become"] is False
    assert "ansible_become_password" not in found


def test_sudo_password_goes_into_the_inventory_only() -> None:
    found = connection(Target("web", address="192.0.2.1"), Access(become_password=WORD), Privilege("ops", "sudo-password"))
    assert (found["ansible_become"], found["ansible_become_password"], found["ansible_host"]) == (True, WORD, "192.0.2.1")
