terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.0, < 5.0"
    }
  }
}

provider "azurerm" {
  features {}
}

variable "resource_group" {
  type = string
}

variable "location" {
  description = "one that has the size"
  type        = string
}

variable "subnet_id" {
  description = "it has to reach the package mirrors and the model's hub"
  type        = string
}

variable "ssh_public_key" {
  description = "Azure wants one; the machine needs nobody to log in"
  type        = string
}

locals {
  user_data = <<@END@
@USER_DATA@
@END@
}

resource "azurerm_network_interface" "rigprov" {
  name                = "@NAME@"
  resource_group_name = var.resource_group
  location            = var.location

  ip_configuration {
    name                          = "internal"
    subnet_id                     = var.subnet_id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_linux_virtual_machine" "rigprov" {
  name                  = "@NAME@"
  resource_group_name   = var.resource_group
  location              = var.location
  size                  = "@INSTANCE@"
  admin_username        = "azureuser"
  network_interface_ids = [azurerm_network_interface.rigprov.id]
  custom_data           = base64encode(local.user_data)

  admin_ssh_key {
    username   = "azureuser"
    public_key = var.ssh_public_key
  }

  os_disk {
    caching              = "ReadOnly"
    storage_account_type = "Premium_LRS"
    disk_size_gb         = @DISK@
  }

  source_image_reference {
    publisher = "Canonical"
    offer     = "ubuntu-24_04-lts"
    sku       = "server"
    version   = "latest"
  }

  boot_diagnostics {}

  tags = {
    rigprov_tier = "@TIER@" # inventory/azure_rm.yml lists machines with this tag
  }
}

output "result" {
  value = "az vm boot-diagnostics get-boot-log --ids ${azurerm_linux_virtual_machine.rigprov.id} | grep rigprov:"
}
